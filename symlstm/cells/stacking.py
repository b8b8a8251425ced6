"""How the weights of gates stand in one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]

WRITTEN_OUT = frozenset({"gamma", "beta"})
"""Letters that have a name, and are not one for each gate."""


@dataclass(frozen=True)
class Stack:
    """An array, as a program has it: which weights it holds, and how they stand in it.

    ``letters`` are those of the formulas: W and U side by side are the weights of [x, h], b and b
    are two biases, one after the other; "bbd" is b of the first two gates and d of the third.
    ``gates`` are in the order of the array; a weight without
    a gate has the gate ``""``. Each unit of a gate has a row, or with ``columns`` a column; the
    gates stand one after the other, or with ``interleaved`` those of the first unit come first, or
    with ``apart`` they have an axis of their own in front. What is of one letter is side by side
    with what is of the next, or with ``rows`` above it. ``vectors`` are further weights, each a row
    after all gates, or with ``columns`` a column. ``leading`` are axes of length 1.
    """

    name: str
    letters: tuple[str, ...]
    gates: tuple[str, ...]
    columns: bool = False
    interleaved: bool = False
    apart: bool = False
    rows: bool = False
    vectors: tuple[str, ...] = ()
    leading: int = 0

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of its weights, letter by letter; a letter that comes twice has each twice."""
        count = len(self.gates)
        each = (_of_gates(letters, count) for letters in self.letters)
        of_gates = (zip(letters, self.gates, strict=True) for letters in each)
        named = (f"{n}_{gate}" if gate else n for one in of_gates for n, gate in one)
        return (*named, *self.vectors)

    @property
    def all_letters(self) -> set[str]:
        """The letters of its weights, those of vectors, too."""
        return {name.partition("_")[0] for name in self.weights}

    def join(self, weights: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return the array of ``weights``: matrices as the formulas have them, vectors flat.

        >>> Stack("kernel", ("W",), ("i", "f"), columns=True).join([np.eye(2), np.ones((2, 2))])
        array([[1., 0., 1., 1.],
               [0., 1., 1., 1.]])
        """
        count, end = len(self.gates), len(self.letters) * len(self.gates)
        each = [weights[k : k + count] for k in range(0, end, count)]
        parts = [self._stacked(gates) for gates in each]
        whole = np.stack(parts) if self.rows else _side_by_side(parts, axis=-1)
        whole = _side_by_side([whole, *(vector[None] for vector in weights[end:])], axis=0)
        return (whole.T if self.columns else whole)[(None,) * self.leading]

    def shape(self, weights: Sequence[Shape]) -> Shape:
        """Return the shape of the array of weights of these shapes."""
        return self.join([np.empty(shape, dtype=np.int8) for shape in weights]).shape

    def split(self, array: NDArray[Any], weights: Sequence[Shape]) -> list[NDArray[Any]]:
        """Return the weights, of these shapes, of which `join` makes ``array``."""
        sizes = [int(np.prod(shape)) for shape in weights]
        ends = list(accumulate(sizes))
        numbered = (np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True))
        parts = [part.reshape(shape) for part, shape in zip(numbered, weights, strict=True)]
        entries = np.empty(ends[-1], dtype=array.dtype)
        entries[self.join(parts).ravel()] = array.ravel()
        return [entries[part] for part in parts]

    def _stacked(self, gates: Sequence[NDArray[Any]]) -> NDArray[Any]:
        if self.interleaved:
            return np.stack(gates, axis=1).reshape(-1, *gates[0].shape[1:])
        put: Callable[..., NDArray[Any]] = np.stack if self.apart else np.concatenate
        return put(gates, axis=0)


def side_by_side(group: str, letter: str, gates: Sequence[str]) -> Stack:
    """Return how a group of weights is stacked here, as Keras stacks it."""
    return Stack(group, (letter,), tuple(gates), columns=True)


def _side_by_side(parts: Sequence[NDArray[Any]], axis: int) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)


def _of_gates(letters: str, count: int) -> Sequence[str]:
    """Return the letter of each of so many gates."""
    if letters in WRITTEN_OUT:
        return [letters] * count
    return letters if len(letters) == count else letters * count
