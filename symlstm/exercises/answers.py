"""Answers: as a file has them, and as they are read for the values of a derivation.

::

    student = "Ada"      if anyone wants to know
    seed = 7             of which copy, if it is one
    copy = 3
    [answers]
    i_1 = 2              as equations name a value, with its time step
    h_1 = "3/2"
    c_2 = [1, 0.25]      of several units, in order
    [answers.gradients]
    W_i = 17602          named by what they are by
    c_2 = 1495
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from symlstm.derivations.exercise import Place
from symlstm.derivations.tables import Tables
from symlstm.derivations.tables import read as read_tables
from symlstm.errors import SpecError, SymlstmError, choices, printable
from symlstm.exercises.places import Subject, forward_names, gradient_names, trace_of
from symlstm.exercises.written import read
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.arrays import Array
from symlstm.numbers.exact import shown, whole_number
from symlstm.passes.differentiate import adjoint

GRADIENTS = "gradients"
KEYS = {"student", "seed", "copy", "answers"}


@dataclass(frozen=True)
class AnswerFile:
    """What a file of answers holds; ``seed`` and ``copy`` are those of a copy, or nothing."""

    path: Path
    answers: Mapping[str, Any]
    student: str = ""
    seed: int | None = None
    copy: int | None = None


def read_answers(path: str | Path) -> AnswerFile:
    """Read a file of answers; raises `SpecError` for one that is none."""
    tables = Tables(Path(path), read_tables(Path(path)))
    tables.keys("", KEYS)
    answers, data = tables.table("answers", optional=True), tables.data
    if "answers" not in data:
        raise tables.error("answers", "is missing; give a table of answers by name, i_1 = 2")
    student = data.get("student", "")
    if type(student) is int:
        student = str(student)
    if not isinstance(student, str):
        raise tables.error("", f"student is {shown(student)}; give text, or a number")
    seed, copy = (
        tables.attempt("", partial(_count, data, key, least))
        for key, least in (("seed", 0), ("copy", 1))
    )
    return AnswerFile(Path(path), answers, printable(student), seed, copy)


def _count(data: Mapping[str, Any], key: str, least: int) -> int | None:
    return whole_number(data[key], argument=key, least=least) if key in data else None


class Given:
    """Answers as they are read: ``written`` by place; what is wrong with others, in ``refused``.

    ``names`` has what answers are called, by place, in the order in which they are computed;
    ``typed`` what was given for each; ``unknown`` the names that nothing has, what was given, and
    what is known.
    """

    def __init__(self, subject: Subject, answers: Mapping[str, Any]) -> None:
        gradients = answers.get(GRADIENTS, {})
        if not isinstance(gradients, Mapping):
            raise SpecError(f"gradients is {shown(gradients)}; make it a table of answers")
        self.names: dict[Place, str] = {}
        self.typed: dict[Place, Any] = {}
        self.written: dict[Place, Array] = {}
        self.refused: dict[Place, str] = {}
        self.unknown: list[tuple[str, Any, str]] = []
        others = {name: value for name, value in answers.items() if name != GRADIENTS}
        self._read(subject, forward_names(subject), others, "")
        self._read(subject, gradient_names(subject), gradients, "gradient by ")

    def _read(
        self, subject: Subject, known: Mapping[str, Place], given: Mapping[str, Any], what: str
    ) -> None:
        self.names |= {place: f"{what}{name}" for name, place in known.items()}
        for name, value in given.items():
            if name not in known:
                self.unknown.append((f"{what}{name}", value, _hint(name, known)))
                continue
            place = known[name]
            self.typed[place] = value
            try:
                self.written[place] = read(value, shape(subject, place), argument=name)
            except SymlstmError as error:
                self.refused[place] = str(error)


def shape(subject: Subject, place: Place) -> tuple[int, ...]:
    """Return the shape in which a person gives a value: that in which a run hands it back."""
    trace = trace_of(subject)
    if place.step is None:
        assert isinstance(subject, Gradients)
        weight = next(w for w in trace.cell.weights.values() if adjoint(w).name == place.name)
        rows, columns = map(int, weight.shape)
        return (rows, columns) if weight in trace.cell.matrices else (rows,)
    rows = len(trace.entries(place.name, place.step))
    return (len(trace.histories), rows) if trace.layout == "batch" else (rows,)


def _hint(name: str, known: Mapping[str, Place]) -> str:
    """Return what to say of an unknown name."""
    if not known:
        return "the file asks for no gradients"
    stems = dict.fromkeys(_stems(known))
    stem, _, step = name.rpartition("_")
    if stem in stems and step.isdigit():
        steps = [p.step or 0 for n, p in known.items() if n.rpartition("_")[0] == stem]
        return f"{stem} has the steps {min(steps)} to {max(steps)}"
    if name in stems:
        return f"give it with its step, such as {name}_1"
    return choices(stem if step.isdigit() else name, stems)


def _stems(known: Mapping[str, Place]) -> Iterator[str]:
    """Yield names without their steps."""
    for name, place in known.items():
        yield name if place.step is None else name.rpartition("_")[0]
