"""What rounding explains of deviations, with activation functions that are off by more and more."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.any_order import ACTIVATION_ULP
from symlstm.judging.bounds import Floats, explained
from symlstm.judging.deviation import Deviation, Position
from symlstm.judging.expected import ReferenceValues
from symlstm.judging.verdict import Off

LOOSEST = 30
"""Activation functions are not tried to be off by more ulps than this power of two.

Those of ONNX Runtime are right to the last digits of 1, not of their own: where they are near zero,
they are off by more than all of it. How far off that may be is bounded beside; see `APPROXIMATED`
of `symlstm.algebras.any_order`.
"""
UNNOTICED = {"float64": "float32"}
"""The formats that frameworks compute in, here and there, for someone who asks for another."""


@dataclass(frozen=True)
class Trial:
    """Deviations, and by how many times what rounding explains each number is off.

    ``values`` is what each number is to be, by what the implementation computed before it.
    """

    deviations: Sequence[Deviation]
    ratios: Sequence[NDArray[np.float64]]
    values: Sequence[Floats]

    @property
    def explained(self) -> bool:
        """Whether rounding explains all of them."""
        return all(map(self.explains, range(len(self.ratios))))

    def explains(self, k: int) -> bool:
        """Return whether rounding explains all numbers of one deviation."""
        return bool((self.ratios[k] <= 1).all())

    @property
    def first(self) -> Off | None:
        """The first number, in the order of computation, that is not explained."""
        wrong = [
            (one, one.first(ratio > 1), ratio)
            for one, ratio in zip(self.deviations, self.ratios, strict=True)
            if (ratio > 1).any()
        ]
        if not wrong:
            return None
        return _off(*min(wrong, key=lambda known: known[0].when(known[1])[:2]))

    @property
    def worst(self) -> Off:
        """The number that is furthest off, in what rounding explains."""
        pairs = list(zip(self.deviations, self.ratios, strict=True))
        deviation, ratio = max(pairs, key=lambda pair: float(pair[1].max()))
        return _off(
            deviation, deviation.place(np.unravel_index(ratio.argmax(), ratio.shape)), ratio
        )


@dataclass
class Trials:
    """Deviations from true values, and what rounding explains of them: each asked for once."""

    deviations: Sequence[Deviation]
    true: ReferenceValues
    _known: dict[tuple[float, str], Trial] = field(default_factory=dict)

    def trial(self, activation_ulp: float = ACTIVATION_ULP, dtype: str | None = None) -> Trial:
        """Return what rounding in a format explains, with functions off by up to so many ulps."""
        asked = activation_ulp, dtype or self.true.dtype
        if asked not in self._known:
            bounds = explained(self.deviations, self.true, *asked)
            pairs = list(zip(self.deviations, bounds, strict=True))
            bounded = [replace(deviation, bound=bound) for deviation, (_, bound) in pairs]
            ratios = [_ratio(deviation, *both) for deviation, both in pairs]
            self._known[asked] = Trial(bounded, ratios, [value for value, _ in bounds])
        return self._known[asked]

    def enough(self, explains: Callable[[Trial], bool]) -> float | None:
        """Return a power of two of ulps that functions would have to be off by, if any is enough.

        That is `ACTIVATION_ULP` for what rounding alone explains.
        """
        if explains(self.trial()):
            return ACTIVATION_ULP
        least, most = int(math.log2(ACTIVATION_ULP)), LOOSEST
        if not explains(self.trial(2.0**most)):
            return None
        while most - least > 1:
            middle = (least + most) // 2
            is_enough = explains(self.trial(2.0**middle))
            least, most = (least, middle) if is_enough else (middle, most)
        return 2.0**most

    def coarser(self, explains: Callable[[Trial], bool]) -> str | None:
        """Return the coarser format in which rounding would explain the numbers, if it does."""
        coarser = UNNOTICED.get(self.true.dtype)
        return coarser if coarser and explains(self.trial(dtype=coarser)) else None


def _ratio(deviation: Deviation, value: Any, bound: Any) -> NDArray[np.float64]:
    """Return by how many times what rounding explains numbers are off; what is true is not off."""
    with np.errstate(all="ignore"):
        distance = abs(deviation.actual.astype(np.float64) - value)
        ratio = np.where(distance == 0, 0.0, distance / bound)
    unbounded = ~np.isfinite(bound) | ~np.isfinite(value)
    ratio = np.where(np.isnan(ratio), np.inf, ratio)
    return np.where(unbounded | (deviation.ulps == 0), 0.0, ratio)


def _off(deviation: Deviation, place: Position, ratio: NDArray[np.float64]) -> Off:
    index = deviation.index(place)
    actual, reference, ulps = deviation.at(place)
    assert deviation.bound is not None
    bound, times = float(deviation.bound[index]), float(ratio[index])
    return Off(deviation.said, deviation.where(place), actual, reference, ulps, bound, times)
