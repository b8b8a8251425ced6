"""Exercises: a derivation in; copies of it with other numbers, and marked answers, out."""

from symlstm.exercises.answers import AnswerFile, read_answers
from symlstm.exercises.marking import mark
from symlstm.exercises.marks import Answer, Marks
from symlstm.exercises.variation import variation, variations

__all__ = ["Answer", "AnswerFile", "Marks", "mark", "read_answers", "variation", "variations"]
