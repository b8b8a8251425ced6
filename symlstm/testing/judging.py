"""Whether rounding explains what an implementation's numbers are off by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.any_order import ACTIVATION_ULP
from symlstm.errors import SymlstmError
from symlstm.runs.attempts import Rounded
from symlstm.testing.bounds import explained
from symlstm.testing.deviation import Deviation, Position
from symlstm.testing.expected import ReferenceValues, expected
from symlstm.testing.fitting import by_name, deviations
from symlstm.testing.verdict import Off, Verdict

LOOSEST = 30
"""Activation functions are not tried to be off by more ulps than this power of two.

Those of ONNX Runtime are right to the last digits of 1, not of their own: where they are near zero,
they are off by more than all of it. How far off that may be is bounded beside; see `APPROXIMATED`
of `symlstm.algebras.any_order`.
"""
UNNOTICED = {"float64": "float32"}
"""The formats that frameworks compute in, here and there, for someone who asks for another."""


def judge(actual: Any, reference: Any, *, dtype: str | None = None) -> Verdict:
    """Say whether an implementation's numbers are right, approximated, or not explained.

    The arguments are those of `symlstm.testing.assert_right`. Numbers are right when rounding in
    their format explains every difference from the true values: a run of the same equations, with
    sums in any order, fused or not, and activation functions within 4 ulps, may be as far off. That
    is a bound, from a running error analysis of this very run; each output over time is held
    against what follows in one step from the outputs before it, so that the bound does not grow
    with the sequence. They are approximated when activation functions that are off by more ulps
    would explain them, up to 2^30, if by no more than 32 times what 1 is rounded by.

    Raises `SymlstmError` for what cannot be compared.

    >>> import numpy as np
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> reference = layer.reference([1, 1, 1], dtype="float32")
    >>> judge(np.float32([0.36960635, 0.6505, 0.78876585]), reference).first.place
    'step 2, unit 0'
    """
    if not isinstance(reference, Rounded):
        message = "reference is an array, of which nobody knows how it was computed; give"
        message = f"{message} layer.reference(inputs), or its backward(), or use assert_ulp"
        raise SymlstmError(message, argument="reference")
    true = expected(reference, dtype)
    found = deviations(by_name(actual, true), true)
    judged = _Judged.by(found, true, ACTIVATION_ULP)
    if judged.explained:
        return Verdict("right", true.dtype, judged.first, judged.worst, ACTIVATION_ULP)
    ulps = _enough(found, true)
    coarser = None if ulps else _coarser(found, true)
    verdict: Literal["approximated", "unexplained"] = "approximated" if ulps else "unexplained"
    return Verdict(verdict, true.dtype, judged.first, judged.worst, ulps, coarser)


@dataclass(frozen=True)
class _Judged:
    """Deviations, and by how many times what rounding explains each number is off."""

    deviations: Sequence[Deviation]
    ratios: Sequence[NDArray[np.float64]]

    @classmethod
    def by(
        cls,
        found: Sequence[Deviation],
        true: ReferenceValues,
        activation_ulp: float,
        dtype: str | None = None,
    ) -> _Judged:
        bounds = explained(found, true, activation_ulp, dtype or true.dtype)
        pairs = list(zip(found, bounds, strict=True))
        bounded = [replace(deviation, bound=bound) for deviation, (_, bound) in pairs]
        return cls(bounded, [_ratio(deviation, *both) for deviation, both in pairs])

    @property
    def explained(self) -> bool:
        """Whether rounding explains all of them."""
        return all((ratio <= 1).all() for ratio in self.ratios)

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
    return Off(deviation.name, deviation.where(place), actual, reference, ulps, bound, times)


def _enough(found: Sequence[Deviation], true: ReferenceValues) -> float | None:
    """Return a power of two of ulps that activation functions would have to be off by, if any."""
    least, most = int(math.log2(ACTIVATION_ULP)), LOOSEST
    if not _Judged.by(found, true, 2.0**most).explained:
        return None
    while most - least > 1:
        middle = (least + most) // 2
        enough = _Judged.by(found, true, 2.0**middle).explained
        least, most = (least, middle) if enough else (middle, most)
    return 2.0**most


def _coarser(found: Sequence[Deviation], true: ReferenceValues) -> str | None:
    """Return the coarser format in which rounding would explain the numbers, if it does."""
    coarser = UNNOTICED.get(true.dtype)
    if coarser and _Judged.by(found, true, ACTIVATION_ULP, coarser).explained:
        return coarser
    return None
