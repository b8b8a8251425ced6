"""Tell what an implementation gave, and which mistake explains it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symlstm.equations.equation import Equation
from symlstm.equations.expression import t
from symlstm.notation import Token, joined
from symlstm.numbers.arrays import Array, exported, rational_array
from symlstm.numbers.ulps import counted
from symlstm.runs.trace import Trace
from symlstm.writers.line import Lines
from symlstm.writers.remarks import Mistake
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Typesetter

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis
    from symlstm.diagnosis.prove import Explanation

DIGITS = 7
"""So many digits of what was given are shown: about as many as float32 has."""
MOST_ALIKE = 4
"""So many mistakes that come to the same are named."""
ENGLISH = "en"


@dataclass(frozen=True)
class MistakeSection:
    """Tells a diagnosis of what should have been a ``trace``."""

    typesetter: Typesetter
    trace: Trace[Any]
    diagnosis: Diagnosis

    def tell(self) -> Mistake:
        """Return the section; mistakes have words in English alone, and else their equations."""
        in_english = self.typesetter.catalogue.language == ENGLISH
        best, wrong = self.diagnosis.best, self.diagnosis.wrong_cell
        changes = wrong.changes if wrong is not None else ()
        right = {one.lhs.name: one for one in self.trace.cell.program}
        usual = [right[one.lhs.name] for one in changes if one.lhs.name in right]
        return Mistake(
            dtype=self.diagnosis.judged.dtype,
            given=self._given(),
            ulps="" if best is None else counted(best.ulps),
            sentence=best.sentence if best is not None and in_english else "",
            wrong=self._equations(changes),
            right=self._equations(usual),
            alike=tuple(_others(best))[:MOST_ALIKE] if best is not None and in_english else (),
            is_right=self.diagnosis.verdict == "right",
        )

    def _equations(self, equations: Iterable[Equation]) -> Lines:
        return tuple(map(self.typesetter.equation, equations))

    def _given(self) -> tuple[Table, ...]:
        """Return what was given over time beside what is true, of each sequence in turn."""
        notation, steps = self.typesetter.notation, range(1, len(self.trace) + 1)
        labels = [notation.symbol("t"), *(notation.integer(step, digits=9) for step in steps)]
        names = [name for name in self.diagnosis.given if not name.startswith("state_")]
        precise = replace(self.typesetter, digits=DIGITS)
        return tuple(
            table
            for k in range(len(self.trace.histories))
            for table in precise.tables(
                {h: c for name in names for h, c in self._columns(name, k)}, labels
            )
        )

    def _columns(self, name: str, k: int) -> Iterator[tuple[Token, list[Array | None]]]:
        cell = self.trace.cell
        quantity = cell.output if name == "sequence_out" else cell.computed[name]
        symbol = self.typesetter.formula(quantity.at(t))
        rows = self.diagnosis.given[name][k]
        given: list[Array | None] = [exported(rational_array(row))[:, None] for row in rows]
        known, history = quantity.name, self.trace.histories[k]
        true = [
            self.trace.told(known, step, k) if known in history[step] else None
            for step in range(1, len(rows) + 1)
        ]
        for key, values in (("mistake.given", given), ("mistake.true", true)):
            words = f" {self.typesetter.catalogue.words(key)}"
            yield joined([*symbol, self.typesetter.notation.words(words)]), values


def _others(best: Explanation) -> Iterator[str]:
    """Yield the names of other mistakes that cannot be told apart.

    Those of the same one are left out, and those of more than letters.
    """
    own = {name for fault in best.faults for name in fault.also}
    for name in best.equivalent:
        if name not in own and name.isascii():
            yield name
