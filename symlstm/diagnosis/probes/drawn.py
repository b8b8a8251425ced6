"""Numbers that are drawn for a probe: small, all different, and exact in every format of floats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.cells.cell import Cell
from symlstm.errors import SymlstmError
from symlstm.numbers.arrays import Array, filled, rational_array
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

Floats = NDArray[np.float64]

COARSEST, FINEST = 64, 1024
"""Numbers are whole numbers over a power of two from the one to the other: those below 2 over the
larger one are just exact in float16."""
LARGEST = 1.5
"""Numbers are below that."""
FEW = 4
"""The weights of a sum of more terms are smaller, so that sums are not larger."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A layer or network with weights, inputs (batch, T, input_dim), and states as `run` has them.

    ``arrays`` are the weights of a layer as a program has them, where its ``layout`` was asked for.
    """

    layer: Layer | Network
    inputs: Floats
    states: list[Floats]
    arrays: Mapping[str, Floats] | None = None
    layout: str | None = None


def drawn(
    like: Cell | Layer | Network,
    steps: int,
    batch: int,
    rng: np.random.Generator,
    layout: str | None = None,
) -> Drawn:
    """Return other numbers for a cell, or for what has weights already; see `symlstm.probe`."""
    base = _empty(like) if isinstance(like, Cell) else like
    cells = [layer.cell for layer in base.layers]
    fan = max(cell.input_dim + max(_sizes(cell)) for cell in cells)
    numbers = _Numbers(rng, 2.0 ** -max(0, round(math.log2(fan / FEW) / 2)))
    arrays = None
    if layout is None:
        layer = _redrawn(base, numbers)
    else:
        one = _only(base)
        shapes = one.stacked(layout=layout)
        arrays = {name: numbers.weights(np.shape(array)) for name, array in shapes.items()}
        layer = replace(one.cell.bind(layout=layout, **arrays), **_kept(one))
    inputs = numbers.of((batch, steps, layer.input_dim))
    front = (len(cells), batch) if isinstance(layer, Network) else (batch,)
    states = [numbers.of((*front, size)) for size in _sizes(cells[0])]
    return Drawn(layer, inputs, states, arrays, layout)


def _sizes(cell: Cell) -> list[int]:
    return [int(state.shape[0]) for state in cell.states.values()]


def _empty(cell: Cell) -> Layer:
    return Layer(cell, {name: filled(0, _shape(weight)) for name, weight in cell.weights.items()})


def _shape(weight: Any) -> tuple[int, int]:
    return int(weight.shape[0]), int(weight.shape[1])


def _only(base: Layer | Network) -> Layer:
    if isinstance(base, Layer):
        return base
    message = "a layout is for one layer, and this is a network; leave it out"
    raise SymlstmError(message, argument="layout")


def _kept(layer: Layer) -> dict[str, Any]:
    """Return the options of a layer that stay."""
    return {name: getattr(layer, name) for name in ("go_backwards", "zero_output_for_mask")}


class _Numbers:
    """A source of numbers: all different while there are any, then again."""

    def __init__(self, rng: np.random.Generator, smaller: float) -> None:
        self._rng, self._smaller = rng, smaller
        self._left: list[float] = []
        self._denominator = COARSEST // 2

    def of(self, shape: tuple[int, ...]) -> Floats:
        """Return so many numbers, of either sign."""
        count = math.prod(shape)
        taken = np.array([self._next() for _ in range(count)])
        return (taken * self._rng.choice([-1.0, 1.0], count)).reshape(shape)

    def weights(self, shape: tuple[int, ...]) -> Floats:
        """Return so many numbers, smaller where there are sums of many."""
        return self.of(shape) * self._smaller

    def _next(self) -> float:
        if not self._left:
            self._refill()
        return self._left.pop()

    def _refill(self) -> None:
        """Take the numbers over the next denominator, of which none was there before."""
        first = self._denominator < COARSEST
        self._denominator = min(2 * self._denominator, FINEST)
        last = self._denominator == FINEST and not first
        whole = np.arange(1, int(LARGEST * self._denominator))
        if not first and not last:
            whole = whole[whole % 2 == 1]
        self._left = list(self._rng.permutation(whole) / self._denominator)


def _redrawn(base: Layer | Network, numbers: _Numbers) -> Layer | Network:
    if isinstance(base, Network):
        levels = [[_layer(layer, numbers) for layer in level] for level in base.levels]
        return Network(levels, base.merge)
    return _layer(base, numbers)


def _layer(layer: Layer, numbers: _Numbers) -> Layer:
    """Return a layer with other weights; a bias that was a sum is one of as many terms."""
    terms = {
        name: tuple(_exact(numbers.weights(np.shape(term))) for term in parts)
        for name, parts in (layer.bias_parts or {}).items()
    }
    weights: dict[str, Array] = {}
    for name, weight in layer.cell.weights.items():
        if name in terms:
            weights[name] = np.sum(terms[name], axis=0).reshape(_shape(weight))
        else:
            weights[name] = _exact(numbers.weights(_shape(weight)))
    return Layer(layer.cell, weights, **_kept(layer), bias_parts=terms or None)


def _exact(array: Floats) -> Array:
    return rational_array(array)
