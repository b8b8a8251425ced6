"""The loss of a sequence, from those of some of its time steps, as equations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Integer

from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, scale, t
from symlstm.losses.loss import Objective
from symlstm.passes.unroll import Unrolled


@dataclass(frozen=True)
class OverSteps:
    """The loss of a sequence whose ``steps`` have targets, each of which counts ``share``.

    Where there is only one in all, its loss is that of the sequence.
    """

    of_step: Objective
    steps: tuple[int, ...]
    share: Any
    alone: bool

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations of a step; the loss of a single one is that of the sequence."""
        every = self.of_step.equations
        return every[:-1] if self.alone else every

    @property
    def gradients(self) -> tuple[Equation, ...]:
        r"""What reaches the backward pass from outside: last, the gradient \Delta_{h,t}."""
        return self.of_step.adjoints(self.share)

    def total(self, sequence: int | None = None) -> Equation:
        """Return the loss of a sequence, by its number or of any."""
        step = self.of_step.step
        name = step.name if sequence is None else f"{step.name}^{sequence}"
        if self.alone:
            last = self.of_step.equations[-1].rhs.xreplace({t: Integer(self.steps[0])})
            return Equation(Quantity(name, 1), scale(self.share, last))
        return total_of(Quantity(name, 1), map(step.at, map(Integer, self.steps)), self.share)

    def every(self, equations: Iterable[Equation]) -> list[Equation]:
        """Return equations of a step at each of the steps."""
        unrolled = Unrolled(equations)
        return [one for step in self.steps for one in unrolled.at(step)]


def total_of(loss: Quantity, steps: Iterable[Quantity], share: Any) -> Equation:
    """Return a loss as the sum of those of steps, each of which counts ``share``."""
    return Equation(loss, scale(share, add(*steps)))
