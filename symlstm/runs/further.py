"""Further values of a run: of equations that are no part of its cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symlstm.algebras.evaluate import evaluate
from symlstm.equations.equation import Equation
from symlstm.runs.trace import Trace


def evaluated(
    trace: Trace[Any], equations: tuple[Equation, ...], step: int, sequence: int = 0
) -> Trace[Any]:
    """Return a trace in which further equations are computed at one step of one sequence."""
    algebra = trace.algebra.fork()
    history = trace.histories[sequence]
    known = {k: dict(history[k]) for k in (step - 1, step) if k in history}
    evaluate(equations, algebra, trace.constants, known, [step])
    histories = list(trace.histories)
    histories[sequence] = {**history, **known}
    return replace(trace, algebra=algebra, histories=tuple(histories))
