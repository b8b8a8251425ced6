"""Exercises: a derivation in; copies with other numbers, sheets, keys and marked answers, out."""

from symlstm.exercises.answers import AnswerFile, read_answers
from symlstm.exercises.marking import mark
from symlstm.exercises.marks import Answer, Marks
from symlstm.exercises.sheets import Sheets, sheets
from symlstm.exercises.variation import variation, variations

__all__ = [
    "Answer",
    "AnswerFile",
    "Marks",
    "Sheets",
    "mark",
    "read_answers",
    "sheets",
    "variation",
    "variations",
]
