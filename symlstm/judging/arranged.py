"""An implementation's numbers, put from another layout into that of their references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import PrecisionError
from symlstm.judging.deviation import Deviation
from symlstm.judging.expected import Named, ReferenceValues
from symlstm.numbers.floats import as_array
from symlstm.runs.arrangements import ARRANGEMENTS, LAST, OVER_TIME, Arrangement, Output

NEARER = 0.1
"""What is in another layout is nearer to the truth when put right, by this factor at least."""


def fitting(given: NDArray[Any], beside: NDArray[Any], what: Named) -> Arrangement | None:
    """Return the layout that an array of another shape fits, and that its numbers are nearest to.

    ``beside`` is its reference with all axes of (batch, T, units). Of those that are as near, it is
    the first that has no axis of length one more, or less.
    """
    found = [
        (_distance(full, output.numbers), not one.is_of_shape(given.shape, output), number)
        for number, one in enumerate(ARRANGEMENTS)
        for output in _outputs(beside, what)
        if not one.instead and (full := one.undone(given, output)) is not None
    ]
    return ARRANGEMENTS[min(found)[-1]] if found else None


def explaining(
    found: Sequence[Deviation],
    expected: ReferenceValues,
    explains: Callable[[Mapping[str, Any]], bool],
) -> Arrangement | None:
    """Return the layout in which, put right, an implementation's numbers are explained, if any."""
    return next((one for one, given in _arranged(found, expected) if explains(given)), None)


def _arranged(
    found: Sequence[Deviation], expected: ReferenceValues
) -> Iterator[tuple[Arrangement, dict[str, Any]]]:
    """Yield the layouts that bring numbers nearer to their references, with what they are then."""
    for one in ARRANGEMENTS:
        changed: dict[str, Any] = {}
        moved = False
        for deviation in found:
            right = _put_right(one, deviation, expected)
            moved = moved or right is not None
            name, value = right or (deviation.name, deviation.actual)
            changed[name] = np.reshape(value, np.shape(expected.value(name)))
        if moved:
            yield one, changed


def _put_right(
    one: Arrangement, deviation: Deviation, expected: ReferenceValues
) -> tuple[str, NDArray[Any]] | None:
    """Return a value as a layout explains it, by name, if that is nearer to its reference."""
    name = one.instead.get(deviation.name, deviation.name)
    if name not in expected.named:
        return None
    before = _distance(deviation.actual, deviation.reference)
    try:
        true = as_array(expected.value(name))
    except PrecisionError:  # of the other state, which nobody asked for
        return None
    if true.size != deviation.reference.size:  # the states of a projected cell
        return None
    true = np.reshape(true, deviation.reference.shape)
    for output in _outputs(true, expected.named[name]):
        full = one.undone(_usual(deviation.actual, output), output)
        if full is not None and _distance(full, output.numbers) < NEARER * before:
            return name, _beside(full, output)
    return None


def _outputs(beside: NDArray[Any], what: Named) -> Iterator[Output]:
    """Yield a value with all axes; of an array, of which nobody knows its directions, both ways."""
    if what.axes == "whole":
        return
    guesses = [what.ways, [[False, True]]] if what.guessed else [what.ways]
    for ways in guesses:
        levels, directions = len(ways), len(ways[0])
        if beside.shape[-1] % (levels * directions):
            continue
        batch, steps = beside.shape[:2]
        parts = beside.reshape(batch, steps, levels, directions, -1)
        last = what.axes == "last"
        numbers = (
            parts[:, 0].transpose(1, 2, 0, 3) if last else parts[:, :, 0].transpose(2, 0, 1, 3)
        )
        yield Output(numbers, LAST if last else OVER_TIME, ways[-1])


def _usual(beside: NDArray[Any], output: Output) -> NDArray[Any]:
    """Return what stands side by side as `Output.usual` has it."""
    if "time" in output.axes:
        return beside
    layers, batch, units = output.usual().shape
    return beside.reshape(batch, layers, units).swapaxes(0, 1)


def _beside(full: NDArray[Any], output: Output) -> NDArray[Any]:
    """Return a value with all axes as it stands side by side."""
    whole = Output(full, output.axes, output.backwards)
    return whole.usual() if "time" in whole.axes else whole.laid("batch", "level direction units")


def _distance(given: NDArray[Any], true: NDArray[Any]) -> float:
    with np.errstate(all="ignore"):
        apart = np.asarray(given, np.float64) - np.asarray(true, np.float64)
        distance = float(np.linalg.norm(apart.ravel()))
    return np.inf if np.isnan(distance) else distance
