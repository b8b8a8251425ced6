"""Several implementations of one network as one: an audit works its true values out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.auditing.implementation import (
    OF,
    Implementation,
    computed,
    implementation_of,
    is_function,
    is_of_onnx,
)
from symlstm.errors import SymlstmError
from symlstm.numbers.exact import to_float


@dataclass(frozen=True)
class Several:
    """Implementations by name, of one network and in one format; see `Implementation`.

    What they return has their names in front: ``"model.onnx: state_h"``.
    """

    implementations: Mapping[str, Implementation]

    @property
    def name(self) -> str:
        """All names."""
        *first, last = self.implementations
        return f"{', '.join(first)} and {last}"

    @property
    def layer(self) -> Any:
        """The network, of which gradients have the names that those who give any know."""
        each = sorted(self.implementations.values(), key=lambda one: not one.gradients)
        return each[0].layer

    @property
    def dtype(self) -> str:
        """The format of all."""
        return next(iter(self.implementations.values())).dtype

    @property
    def gradients(self) -> bool:
        """Whether any computes gradients."""
        return any(one.gradients for one in self.implementations.values())

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> dict[str, NDArray[Any]]:
        """Return what each computes; those that compute no gradients are not asked for any."""
        found: dict[str, NDArray[Any]] = {}
        for name, one in self.implementations.items():
            gradient = grad_sequence if one.gradients else None
            arrays = computed(one, inputs, initial_state, gradient)
            found |= {f"{name}{OF}{output}": array for output, array in arrays.items()}
        return found


def several(modules: Sequence[Any], *, layer: Any = None, **options: Any) -> Implementation:
    """Return the implementations that ``modules`` are as one; see `implementation_of`.

    ``layer`` is for those that are functions, and ``node`` and ``weights`` for those of ONNX. A
    model from a file is called by its path, and of two with one name the second has a number.
    Raises `SymlstmError` for those that are not of one network, with the first weight that differs,
    or not of one format.
    """
    found: dict[str, Implementation] = {}
    for module in modules:
        own = {n: value for n, value in options.items() if n == "dtype" or is_of_onnx(module)}
        made = implementation_of(module, layer=layer if is_function(module) else None, **own)
        name = str(module) if isinstance(module, str | Path) else made.name
        found[_unused(name, found)] = made
    if not found:
        message = "there is no implementation; give one, or a list of several"
        raise SymlstmError(message, argument="implementation")
    if len(found) == 1:
        return next(iter(found.values()))
    together = Several(found)
    (first, one), *others = found.items()
    for name, other in others:
        different = next(_differences(one, other), None)
        if different is not None:
            raise SymlstmError(
                f"{name} is not the network of {first}: {different}; audit them one by one",
                argument="implementation",
            )
    return together


def _unused(name: str, names: Mapping[str, Any]) -> str:
    numbered = (f"{name} ({number})" for number in range(2, len(names) + 3))
    return name if name not in names else next(one for one in numbered if one not in names)


def _differences(one: Implementation, other: Implementation) -> Iterator[str]:
    """Yield in what two implementations differ, that of the second after that of the first."""
    if other.dtype != one.dtype:
        yield f"it computes in {other.dtype}, and not in {one.dtype}"
    shapes = [_levels(both.layer) for both in (one, other)]
    if shapes[0] != shapes[1]:
        yield f"it has levels of {_said(shapes[1])} layers, and not of {_said(shapes[0])}"
    pairs = list(zip(one.layer.layers, other.layer.layers, strict=True))
    for k, (first, second) in enumerate(pairs):
        prefix = f"layers[{k}]." if len(pairs) > 1 else ""
        yield from (f"{prefix}{text}" for text in _differences_of_layers(first, second))
        groups = [both.cell.groups for both in (first, second)]
        if one.gradients and other.gradients and groups[0] != groups[1]:
            yield f"{prefix}weights are stacked in another order, and so are their gradients"
    if getattr(one.layer, "merge", None) != getattr(other.layer, "merge", None):
        yield "the outputs of its directions are merged in another way"


def _levels(layer: Any) -> list[int]:
    return [len(level) for level in getattr(layer, "levels", [layer.layers])]


def _said(levels: Sequence[int]) -> str:
    return ", ".join(map(str, levels))


def _differences_of_layers(one: Any, other: Any) -> Iterator[str]:
    if set(one.cell.equations) != set(other.cell.equations):
        yield f"equations differ: {other.cell!r}, and {one.cell!r} there"
    for name in one.weights:
        yield from _differences_of_arrays(name, one.weights[name], other.weights.get(name))
    if one.go_backwards != other.go_backwards:
        yield "go_backwards differs"
    for name in one.cell.states:
        states = [_state(layer, name) for layer in (one, other)]
        yield from _differences_of_arrays(f"the initial {name}", *states)


def _state(layer: Any, name: str) -> Any:
    """Return the state that a layer begins with, one for all sequences if it has no other."""
    if layer.initial_state is None:
        return np.zeros((1, int(layer.cell.states[name].shape[0])), dtype=int)
    return layer.initial_state[name]


def _differences_of_arrays(name: str, one: Any, other: Any) -> Iterator[str]:
    if other is None or one.shape != other.shape:
        yield f"{name} has shape {np.shape(other)}, and {one.shape} there"
    for index in np.argwhere(one != other):
        place = tuple(map(int, index))
        first, second = (to_float(array[place]) for array in (one, other))
        yield f"{name} differs: at {list(place)} it is {second!r}, and {first!r} there"
