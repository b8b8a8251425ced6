"""How one program has its weights: what a record of the table of layouts is, and is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm.cells.stacking import Stack

WITHOUT_GATES = {"P", "q"}
"""The letters of weights that no gate has."""
NOT_OF_THE_CANDIDATE = {"p"}
"""The letters of weights that all gates but c have."""
OF_BIASES = {"b", "d"}
"""The letters of biases."""
FORGETTING = ("f", "g")
"""The gates to whose bias a program adds its forget bias; g is that of a UGRNN."""
COUPLED = {"i", "f"}
"""The gates of an LSTM of which one may be 1 minus the other, and have no weights."""


@dataclass(frozen=True)
class Layout:
    """How one program has its weights; ``source`` says where it does.

    Biases of which there are two are added. ``forget_bias`` is what the program adds to the bias of
    f when it runs, unless it is told otherwise; with ``fixed`` it cannot be told. With ``simple``,
    its layer without gates has arrays of the same names. ``others`` are the arrays of its other
    cells, such as a GRU, or of a layer without gates. With ``coupled``, it has an array of the same
    size for a cell whose f is 1 - i. What ``other`` matches in the name of an array becomes
    ``usual``: other layers and classes of the program have that. ``lacks`` says why it has no place
    for weights that the program has, too.
    """

    program: str
    stacks: tuple[Stack, ...]
    source: str
    forget_bias: int | None = None
    fixed: bool = False
    simple: bool = False
    others: tuple[tuple[Stack, ...], ...] = ()
    coupled: bool = False
    other: str = ""
    usual: str = ""
    lacks: str = ""

    def canonical(self, name: str) -> str:
        """Return the name that an array has in the table.

        >>> from symlstm import LAYOUTS
        >>> LAYOUTS["torch"].canonical("weight_ih_l1_reverse")
        'weight_ih_l0'
        """
        return re.sub(self.other, self.usual, name, count=1) if self.other else name

    @property
    def ungated(self) -> tuple[tuple[Stack, ...], ...]:
        """The arrays of each of the program's layers without gates."""
        same = tuple(replace(stack, gates=("",)) for stack in self.stacks)
        others = (kind for kind in self.others if not _are_gated(kind))
        return (*([same] if self.simple else []), *others)

    @property
    def gated(self) -> tuple[tuple[Stack, ...], ...]:
        """The arrays of each of the program's cells with gates."""
        return (self.stacks, *filter(_are_gated, self.others))


def _are_gated(stacks: tuple[Stack, ...]) -> bool:
    return any(gate for stack in stacks for gate in stack.gates)


def stacked(
    order: str, arrays: Mapping[str, str | tuple[str, ...]], **how: Any
) -> tuple[Stack, ...]:
    """Return arrays that stack all gates in one order, given with their letters."""
    return tuple(
        Stack(name, tuple(letters), _gates(letters[0], order), **how)
        for name, letters in arrays.items()
    )


def by_gate(words: Mapping[str, str], arrays: Mapping[str, str], **how: Any) -> tuple[Stack, ...]:
    """Return arrays that have one gate each, whose word stands in their name."""
    return tuple(
        Stack(name.format(words.get(gate, "")), (letter,), (gate,), **how)
        for name, letter in arrays.items()
        for gate in _gates(letter, "".join(words))
    )


def _gates(letter: str, order: str) -> tuple[str, ...]:
    if letter in WITHOUT_GATES:
        return ("",)
    return tuple(gate for gate in order if letter not in NOT_OF_THE_CANDIDATE or gate != "c")


def alone(arrays: Mapping[str, str], **how: Any) -> tuple[Stack, ...]:
    """Return arrays that hold one weight each, of a layer without gates."""
    return tuple(Stack(name, (letter,), ("",), **how) for name, letter in arrays.items())
