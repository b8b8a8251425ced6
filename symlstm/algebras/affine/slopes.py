"""What is known of the slopes of activation functions, beside their enclosures on an interval."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from flint import arb
from sympy import Heaviside, Symbol

from symlstm.algebras.affine.form import ROUNDING, TINY
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.endpoints import enclosure
from symlstm.algebras.forms import ColumnCompiler, Compiled, Compiler
from symlstm.equations.activations import Activation, x
from symlstm.numbers.precision import precision

SLOPES = 64
"""How many bits enclosures of slopes have: more than float64 takes of them."""


def flattest(slope: arb) -> float:
    """Return a slope as near to zero as any in a ball is; zero, where it is one of them."""
    if not slope.is_finite() or slope.contains(0):
        return 0.0
    nearest = float(slope.abs_lower()) * (1 - ROUNDING)
    if nearest < TINY:  # of the smallest floats, the product is rounded up
        return 0.0
    return nearest if slope > 0 else -nearest


@lru_cache(maxsize=256)
def by_value(function: Activation) -> tuple[Compiled, float] | None:
    """Return a derivative as a function of values, as 1 - y^2, and a bound of the second one.

    There is none where the argument itself is needed, or where the derivative is bent without end.
    """
    value = Symbol("value")
    told = function.derivative_shown.xreplace({function.head(x): value})
    if told.has(x):
        return None
    with precision(SLOPES):
        bend = float(abs(enclosure(function.prime.prime, SLOPES)(arb(0, np.inf))).upper())
        compiler = ColumnCompiler(BallAlgebra.operations, arb)
        derivative = compiler.compile(told.xreplace({value: x}))
    return (derivative, bend * (1 + ROUNDING)) if np.isfinite(bend) else None


@lru_cache(maxsize=256)
def steps_of(function: Activation) -> tuple[Compiled, ...]:
    """Return of what in a function's form there is a unit step: where one is zero, it may jump."""
    compiler = Compiler(BallAlgebra.operations, arb)
    steps = sorted(function.form.atoms(Heaviside), key=str)
    return tuple(compiler.compile(step.args[0]) for step in steps)
