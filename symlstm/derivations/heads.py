"""What a derivation file says of a head: the table [head].

::

    [head]               type, "Dense" if not said, units, activation, use_bias; of [[layers]],
                         return_sequences = false for a head that is given the last output alone
    [head.weights]       as [weights]: W_y, b_y, or kernel, bias
    [head.expect]        of [[layers]], as [expect]; a single [cell] has y in its own

The size of its inputs is that of the outputs before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.cells.headed import Headed, headed
from symlstm.derivations.expectation import Expectation
from symlstm.derivations.tables import Tables
from symlstm.runs.layer import Layer

OF_LAYERS = {
    "return_sequences": "a [cell] has its head at each step, so leave it out",
    "expect": "a [cell] has what is expected of its head in [expect]",
}
"""What a head has behind layers alone, and why."""
HEAD = frozenset({"weights", *OF_LAYERS})
"""What a head has beside the options of its cell."""


@dataclass(frozen=True)
class WithHead(Tables):
    """Reads the head of a file."""

    def with_head(self, cell: Cell) -> Cell:
        """Return a cell, with its head if the file has one."""
        if "head" not in self.data:
            return cell
        for key, mend in OF_LAYERS.items():
            if key in self.table("head"):
                raise self.error("head", f"{key} is for [[layers]]; {mend}")
        head = self._head(cell.output_dim).cell()
        return self.attempt("head", lambda: headed(cell, head))

    def head_layer(self, size: int) -> tuple[Layer | None, bool]:
        """Return the head behind outputs of a size, and whether it is given each of them."""
        if "head" not in self.data:
            return None, True
        self.boolean("head", "return_sequences")
        reader = self._head(size)
        cell = reader.cell()
        if cell.states:
            raise self.error("head", f"{cell!r} remembers; give a type that does not, Dense")
        layer = self._numbered(reader, cell)
        return layer, self.table("head").get("return_sequences", True)

    def expect_of_head(self, head: Any) -> Iterator[Expectation]:
        """Yield what the file expects of the head of a network, or of its trainings."""
        if "head" in self.data:
            cell = (head[0].layer if isinstance(head, tuple) else head).cell
            reader = replace(self._head(cell.input_dim), label="the head, ")
            yield from reader.expect(head)

    def head_tables(self, size: int) -> Any:
        """Return the tables of the head behind outputs of a size, as those of a single cell."""
        return self._head(size).data

    def bound(self, cell: Cell) -> Layer:
        """Return a cell, and its head if it has one, with their numbers."""
        own = cell.original if isinstance(cell, Headed) else cell
        weights = self.table("weights")
        layer = self.attempt("weights", lambda: own.bind(**weights))
        if not isinstance(cell, Headed):
            return layer
        head = self._numbered(self._head(own.output_dim), cell.head)
        return layer.with_head(head)

    def _numbered(self, reader: Any, cell: Cell) -> Layer:
        """Return a head with its numbers."""
        if "weights" not in self.table("head"):
            raise self.error("head", "weights is missing; give numbers in [head.weights]")
        layer: Layer = reader.layer(cell)
        return layer

    def _head(self, size: int) -> Any:
        """Return what reads the tables of a head, as those of a single cell."""
        table = self.table("head")
        cell = {key: value for key, value in table.items() if key not in HEAD}
        reader: Any = self
        return replace(
            reader,
            data={
                "cell": {"type": "Dense", "input_dim": size, **cell},
                "weights": table.get("weights", {}),
                "expect": table.get("expect", {}),
                "run": self.data.get("run", {}),
            },
            shown={"cell": "head", "weights": "head.weights", "expect": "head.expect"},
            further=HEAD,
        )
