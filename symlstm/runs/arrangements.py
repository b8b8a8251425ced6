"""How programs lay out what they return: a table of what a run's outputs are found to be.

Each record says how a program's numbers stand in those of a run with all its axes. It is a function
of the run's numbers; which of them stands where is found by giving it their places, so that what a
program gave is put back, whole or in part, without another function for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]

OVER_TIME = ("direction", "batch", "time", "units")
LAST = ("level", "direction", "batch", "units")
"""The axes of what a run gives over time, and of its states after the last step."""


@dataclass(frozen=True, eq=False)
class Output:
    """What a run gives under a name, with all its axes: those of `OVER_TIME`, or of `LAST`.

    ``backwards`` says which of the directions are processed from the ends of the sequences.
    """

    numbers: Numbers
    axes: Sequence[str]
    backwards: Sequence[bool] = (False,)

    def laid(self, *groups: str) -> Numbers:
        """Return the numbers with an axis for each of the groups, which are names of axes.

        >>> output = Output(np.arange(12).reshape(2, 1, 3, 2), OVER_TIME, (False, True))
        >>> output.laid("batch", "time", "direction units")[0, 0]
        array([0, 1, 6, 7])
        """
        names = " ".join(groups).split()
        moved = self.numbers.transpose([list(self.axes).index(name) for name in names])
        size = dict(zip(names, moved.shape, strict=True))
        return moved.reshape([prod(size[name] for name in group.split()) for group in groups])

    def usual(self) -> Numbers:
        """Return the numbers as runs have them: states with an axis for their layers."""
        if "time" in self.axes:
            return self.laid("batch", "time", "direction units")
        return self.laid("level direction", "batch", "units")

    def turned(self) -> Output:
        """Return values over time, of backward directions in the order of processing."""
        pairs = zip(self.numbers, self.backwards, strict=True)
        parts = [np.flip(part, 1) if backward else part for part, backward in pairs]
        return replace(self, numbers=np.stack(parts))

    def only(self, *directions: int) -> Output:
        """Return the output of some of the directions, in this order."""
        axis = list(self.axes).index("direction")
        chosen = np.take(self.numbers, directions, axis)
        return replace(self, numbers=chosen, backwards=[self.backwards[k] for k in directions])


Transform: TypeAlias = Callable[[Output], Numbers]


@dataclass(frozen=True)
class Arrangement:
    """A way to lay out what a run gives: its ``sentence`` ends one such as "it agrees ...".

    ``over_time`` and ``last`` say what a program gives of values over time, and of states after
    the last step, if that is something else. ``instead`` has the names of what stands under others.

    >>> record = next(one for one in ARRANGEMENTS if one.name == "batch-time-swapped")
    >>> output = Output(np.arange(6).reshape(1, 2, 3, 1), OVER_TIME)
    >>> record.undone(np.array([[[7], [3]], [[1], [4]], [[2], [5]]]), output).ravel()
    array([7, 1, 2, 3, 4, 5])
    """

    name: str
    sentence: str
    over_time: Transform | None = None
    last: Transform | None = None
    instead: Mapping[str, str] = field(default_factory=dict)
    directions: int = 1
    """Of how many directions at least it is something else."""

    def done(self, output: Output) -> Numbers | None:
        """Return what a program gives, or nothing where the record says nothing of such outputs."""
        transform = self.over_time if "time" in output.axes else self.last
        if len(output.backwards) < self.directions:
            return None
        if transform is None:
            return output.usual() if self.instead else None
        return transform(output)

    def is_of_shape(self, shape: Sequence[int], output: Output) -> bool:
        """Say whether what a program gives has just this shape."""
        laid = self.done(output)
        return laid is not None and laid.shape == tuple(shape)

    def undone(self, given: Numbers, output: Output) -> Numbers | None:
        """Return what a program gave with all axes, or nothing where it does not fit.

        What it did not give is that of ``output``; what it gave twice has to be the same. Axes of
        length one are no matter.
        """
        places = np.arange(output.numbers.size).reshape(output.numbers.shape)
        where = self.done(replace(output, numbers=places))
        if where is None or _long(where) != _long(given):
            return None
        full, at = output.numbers.astype(given.dtype), where.ravel()
        full.flat[at] = given.ravel()
        return full if np.array_equal(full.flat[at], given.ravel(), equal_nan=True) else None


def _long(array: Numbers) -> list[int]:
    return [size for size in array.shape if size != 1]


def _laid(*groups: str) -> Transform:
    return lambda output: output.laid(*groups)


def _reshaped(output: Output) -> Numbers:
    return output.laid("time", "batch", "direction units").reshape(output.usual().shape)


def _reshaped_state(output: Output) -> Numbers:
    layers, batch, units = output.usual().shape
    return output.usual().reshape(batch, layers, units).swapaxes(0, 1)


def _of_level(output: Output) -> Numbers:
    return replace(output, numbers=output.numbers[-1:]).usual()


def _last_step(output: Output) -> Numbers:
    return replace(output, numbers=output.numbers[:, :, -1:]).laid("batch", "direction units time")


ARRANGEMENTS = (
    Arrangement(
        "batch-time-swapped",
        "with time and batch exchanged",
        _laid("time", "batch", "direction units"),
    ),
    Arrangement(
        "batch-first-state",
        "with layers and batch exchanged",
        last=_laid("batch", "level direction", "units"),
    ),
    Arrangement(
        "reshape-for-transpose",
        "with time and batch reshaped, where they are to be transposed",
        _reshaped,
        _reshaped_state,
    ),
    Arrangement(
        "time-units-swapped",
        "with time and units exchanged",
        _laid("batch", "direction units", "time"),
    ),
    Arrangement(
        "axes-reversed",
        "with its axes in the opposite order",
        _laid("direction units", "time", "batch"),
        _laid("level direction units", "batch"),
    ),
    Arrangement(
        "directions-swapped",
        "with the directions exchanged",
        lambda output: output.only(1, 0).usual(),
        lambda output: output.only(1, 0).usual(),
        directions=2,
    ),
    Arrangement(
        "reverse-output-order",
        "with the backward outputs in the order of processing",
        lambda output: output.turned().usual(),
        directions=2,
    ),
    Arrangement(
        "directions-swapped-and-reversed",
        "with the directions exchanged, and the backward outputs in the order of processing",
        lambda output: output.turned().only(1, 0).usual(),
        directions=2,
    ),
    Arrangement(
        "time-reversed",
        "with the steps in the opposite order",
        lambda output: np.flip(output.usual(), 1),
    ),
    Arrangement(
        "directions-in-front",
        "with the directions in an axis in front",
        _laid("direction", "batch", "time", "units"),
        directions=2,
    ),
    Arrangement(
        "directions-in-front-time-major",
        "with axes for directions and time in front of the batch",
        _laid("direction", "time", "batch", "units"),
        directions=2,
    ),
    Arrangement(
        "directions-as-onnx",
        "with axes for time and directions in front of the batch, as ONNX has it",
        _laid("time", "direction", "batch", "units"),
    ),
    Arrangement(
        "directions-before-units",
        "with an axis for the directions before the units",
        _laid("batch", "time", "direction", "units"),
    ),
    Arrangement(
        "directions-before-units-time-major",
        "with time and batch exchanged, and an axis for the directions before the units",
        _laid("time", "batch", "direction", "units"),
    ),
    Arrangement(
        "directions-interleaved",
        "with the units of the directions in turn",
        _laid("batch", "time", "units direction"),
        directions=2,
    ),
    Arrangement(
        "forward-alone",
        "as the forward direction alone",
        lambda output: output.only(0).usual(),
        lambda output: output.only(0).usual(),
        directions=2,
    ),
    Arrangement(
        "backward-alone",
        "as the backward direction alone",
        lambda output: output.only(1).usual(),
        lambda output: output.only(1).usual(),
        directions=2,
    ),
    Arrangement(
        "backward-alone-reversed",
        "as the backward direction alone, in the order of processing",
        lambda output: output.turned().only(1).usual(),
        directions=2,
    ),
    Arrangement(
        "forward-twice",
        "with the forward direction twice",
        lambda output: output.only(0, 0).usual(),
        lambda output: output.only(0, 0).usual(),
        directions=2,
    ),
    Arrangement("last-step-alone", "as the last step alone", _last_step),
    Arrangement(
        "last-of-each-direction",
        "as the last step of each direction alone",
        lambda output: _last_step(output.turned()),
        directions=2,
    ),
    Arrangement(
        "directions-before-levels",
        "with the directions before the levels",
        last=_laid("direction level", "batch", "units"),
        directions=2,
    ),
    Arrangement("last-level-alone", "as the last level alone", last=_of_level),
    Arrangement(
        "h-c-swapped",
        "with state_h and state_c exchanged",
        instead={"state_h": "state_c", "state_c": "state_h"},
    ),
)
"""The layouts that outputs are found in, those seen most often first."""
