"""A cell with a head in the same system of equations: what a page tells as one cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symlstm.cells.cell import Cell
from symlstm.cells.gated import GatedCell
from symlstm.cells.step import names_in
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity
from symlstm.equations.rebuild import put
from symlstm.errors import CellError
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.numbers.remembered import cached_property


@dataclass(frozen=True, repr=False)
class Headed(GatedCell):
    """Another cell, and after its equations those of a head, of its output; made by `headed`."""

    head_activation: str | None = field(kw_only=True)
    original: Cell = field(kw_only=True)
    head: Cell = field(kw_only=True)

    def define(self) -> tuple[Equation, ...]:
        """Return the equations of the cell, and those of the head, of the cell's output."""
        seen = {self.head.x: self.original.output}
        behind = (Equation(one.lhs, put(one.rhs, seen)) for one in self.head.equations)
        return (*self.original.equations, *behind)

    @cached_property
    def groups(self) -> dict[str, list[Quantity]]:
        """The groups of the cell, and each weight of the head as one of its own."""
        of_head = {f"head_{group}": members for group, members in self.head.groups.items()}
        return {**self.original.groups, **of_head}

    @property
    def letters(self) -> Mapping[str, str]:
        """The letters of the cell's groups, and the names of the head's weights."""
        of_head = {f"head_{group}": one[0].name for group, one in self.head.groups.items()}
        return {**self.original.letters, **of_head}

    def named(self, catalogue: Catalogue = ENGLISH) -> str:
        """Return what a page calls it: by what it is made of."""
        head = self.head.named(catalogue)
        return catalogue.words("cell.headed", cell=self.original.named(catalogue), head=head)

    def __repr__(self) -> str:
        return f"{self.original!r} with {self.head!r} behind it"


def headed(cell: Cell, head: Cell) -> Headed:
    """Return a cell and a head that remembers nothing as one cell, whose output is the head's.

    A `Network` has them as two layers. Raises `CellError` where they do not fit together.

    >>> from symlstm import LSTM, Dense
    >>> cell = headed(LSTM(units=2), Dense(units=3, input_dim=2, activation="softmax"))
    >>> print(*cell.equations[-2:], sep="; ")
    h_t = o_t ⊙ tanh(c_t); y_t = softmax(W_y h_t + b_y)
    >>> cell.named()
    'LSTM with a Dense layer'
    >>> list(cell.groups)
    ['kernel', 'recurrent_kernel', 'bias', 'head_kernel', 'head_bias']
    """
    if head.states:
        raise CellError(f"{head!r} remembers; give a head that does not, such as Dense(...)")
    if head.input_dim != cell.output_dim:
        message = f"{head!r} is given outputs of size {cell.output_dim}; make that its input_dim"
        raise CellError(message, argument="input_dim")
    both = names_in(cell) & (names_in(head) - {head.x.name})
    if both:
        message = f"{cell!r} and {head!r} both have {' and '.join(sorted(both))}, and one cell has "
        message += "a name once; Network([layer], head=head) has them as two layers"
        raise CellError(message, argument="head")
    return Headed(
        cell.units,
        cell.input_dim,
        use_bias=cell.use_bias,
        activation=cell.activation,
        recurrent_activation=getattr(cell, "recurrent_activation", None),
        head_activation=head.activation,
        original=cell,
        head=head,
    )
