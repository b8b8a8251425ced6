"""What is found of an implementation's numbers: right, approximated, or not explained."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from symlstm.algebras.any_order import ACTIVATION_ULP
from symlstm.equations.equation import Equation
from symlstm.judging.deviation import WIDTH, table
from symlstm.numbers.ulps import counted, plain
from symlstm.runs.arrangements import Arrangement

Kind: TypeAlias = Literal["right", "approximated", "unexplained"]


WORDS: dict[Kind, str] = {
    "right": "right",
    "approximated": "approximated",
    "unexplained": "not explained",
}
"""How verdicts are said."""


def kind_of(activation_ulp: float | None) -> Kind:
    """Return the verdict on what functions that are off by so many ulps explain, if any do."""
    if activation_ulp is None:
        return "unexplained"
    return "right" if activation_ulp <= ACTIVATION_ULP else "approximated"


def sentence(dtype: str, activation_ulp: float | None, coarser: str | None = None) -> str:
    """Return a verdict in a sentence; see `Verdict`.

    >>> sentence("float32", 4)
    'right: rounding in float32 explains every difference'
    """
    kind = kind_of(activation_ulp)
    said = WORDS[kind]
    if kind == "right":
        return f"{said}: rounding in {dtype} explains every difference"
    if activation_ulp is not None:
        return (
            f"{said}: activation functions that are off by up to about "
            f"{plain(activation_ulp)} ulps of {dtype} explain every difference, and rounding alone "
            "does not"
        )
    if coarser is not None:
        return (
            f"{said} by rounding in {dtype}; rounding in {coarser} explains every "
            "difference, so that something may be computed in it"
        )
    return f"{said} by rounding in {dtype}, nor by approximated activations"


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

    verdict: Kind
    dtype: str
    first: Off | None
    worst: Off
    activation_ulp: float | None
    coarser: str | None = None
    arrangement: Arrangement | None = None

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        if self.arrangement is not None:
            return (
                f"{WORDS[self.verdict]} by rounding in {self.dtype} as it is given: it agrees "
                f"{self.arrangement.sentence}"
            )
        return sentence(self.dtype, self.activation_ulp, self.coarser)

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
