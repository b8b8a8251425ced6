"""What is found of an implementation's numbers: right, approximated, or not explained."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Literal

from symlstm.equations.equation import Equation
from symlstm.numbers.ulps import counted, plain
from symlstm.runs.arrangements import Arrangement
from symlstm.testing.deviation import WIDTH, table


@dataclass(frozen=True)
class Off:
    """A number and its true value: where it stands, and how far off it is.

    ``bound`` is how far off rounding explains that it is, and ``times`` how many times as far it
    is, from what it should be by what the implementation computed before it. ``equation`` is what
    it is computed by, where it has one.
    """

    name: str
    place: str
    actual: Any
    reference: Any
    ulps: float
    bound: float
    times: float
    equation: Equation | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether rounding explains the differences; made by `symlstm.testing.judge`.

    ``first`` is the first number that rounding does not explain, in the order of computation, and
    ``worst`` the one that is furthest off for what it explains. Activation functions that are off
    by up to ``activation_ulp`` ulps explain all, where they do, and rounding in ``coarser``, a
    format of fewer digits. ``arrangement`` is the other layout in which all is explained, if any.
    """

    verdict: Literal["right", "approximated", "unexplained"]
    dtype: str
    first: Off | None
    worst: Off
    activation_ulp: float | None
    coarser: str | None = None
    arrangement: Arrangement | None = None

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        if self.first is None:
            return f"right: rounding in {self.dtype} explains every difference"
        if self.activation_ulp is not None:
            return (
                "approximated: activation functions that are off by up to about "
                f"{plain(self.activation_ulp)} ulps of {self.dtype} explain every difference, and "
                "rounding alone does not"
            )
        if self.arrangement is not None:
            return (
                f"not explained by rounding in {self.dtype} as it is given: it agrees "
                f"{self.arrangement.sentence}"
            )
        if self.coarser is not None:
            return (
                f"not explained by rounding in {self.dtype}; rounding in {self.coarser} explains "
                "every difference, so that something may be computed in it"
            )
        return f"not explained by rounding in {self.dtype}, nor by approximated activations"

    def __str__(self) -> str:
        """Return the sentence; of what is not right, where it is first, too."""
        if self.first is None:
            return self.sentence
        first = self.first
        where = (
            f"{first.name} is the first: at {first.place} it is {counted(first.ulps)} from its "
            "reference. Steps count from 1, units and sequences from 0."
        )
        numbers = table(
            ["actual", str(first.actual), float(first.actual).hex()],
            ["reference", str(first.reference), float(first.reference).hex()],
            ["rounding", f"± {first.bound:.2g}", f"it is {first.times:.3g} times that"],
        )
        equation = f"\n\n  {first.equation}" if first.equation is not None else ""
        return f"{textwrap.fill(f'{self.sentence}. {where}', WIDTH)}\n\n{numbers}{equation}"
