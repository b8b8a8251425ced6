"""Tell of a run that rounds every value how it does, and how far off its result is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from flint import arb

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.notation import Tokens
from symlstm.numbers.arrays import Array
from symlstm.numbers.decimals import in_full
from symlstm.numbers.exact import Interval, real
from symlstm.numbers.places import Places
from symlstm.runs.distance import Distance, bound
from symlstm.runs.trace import Trace
from symlstm.writers.document import Rounded
from symlstm.writers.line import Line
from symlstm.writers.roundings import marked, written
from symlstm.writers.typesetter import Typesetter

FURTHER = 2
"""How many places further the true values are told."""


def rounded(typesetter: Typesetter, trace: Trace[Any]) -> Rounded | None:
    """Return how a trace rounds its values, and what that comes to; ``None`` if it does not."""
    algebra = trace.algebra
    if not isinstance(algebra, DecimalAlgebra):
        return None
    distance = trace.distance()
    apart = _apart(trace, distance)
    lines = [
        line
        for k in range(len(trace.histories))
        for line in _results(typesetter, trace, distance, k)
    ]
    return Rounded(
        to=typesetter.catalogue.words(
            "rounded.digits" if algebra.places.decimals is None else "rounded.decimals",
            count=algebra.places.count,
        ),
        even=algebra.rounding == "half_even",
        results=tuple(lines),
        apart=[typesetter.notation.decimal(apart)] if apart else [],
    )


def _apart(trace: Trace[Any], distance: Distance) -> Decimal:
    """Return how far a last output is from the true one at the most."""
    last = np.take(distance[trace.cell.output.name], -1, axis=trace.time_axis)
    return max(map(bound, np.ravel(last)))


def _results(
    typesetter: Typesetter, trace: Trace[Any], distance: Distance, k: int
) -> tuple[Line, Line]:
    """Return the last output of a sequence as it was rounded, and the true one."""
    output, algebra = trace.cell.output, trace.algebra
    assert isinstance(algebra, DecimalAlgebra)
    name = typesetter.formula(output.at(len(trace)))
    value, true = (run.entries(output.name, len(trace), k) for run in (trace, distance.true))
    ended = [*typesetter.value(written(algebra, value)), *_words(typesetter, "rounded.result")]
    known = marked(typesetter.value(_told(true, algebra.places)), exact=False)
    return (
        typesetter.line(name, [ended]),
        typesetter.line(name, [[*known, *_words(typesetter, "rounded.true")]]),
    )


def _words(typesetter: Typesetter, key: str) -> Tokens:
    return [typesetter.notation.comma, typesetter.words(key)]


def _told(true: Array, places: Places) -> Array:
    """Return true values with some places more than those that are rounded to."""
    further = replace(
        places,
        digits=places.digits and places.digits + FURTHER,
        decimals=None if places.decimals is None else places.decimals + FURTHER,
    )
    told = [_nearest(ball, further) for ball in true.flat]
    return np.array(told, dtype=object).reshape(true.shape)


def _nearest(ball: arb, places: Places) -> Decimal | arb:
    """Return the decimal nearest to all of a ball, or the ball where there is none."""
    known = real(ball)
    low, high = (known.low, known.high) if isinstance(known, Interval) else (known, known)
    decimal = places.decided(low, high)
    return ball if decimal is None else in_full(decimal, places)
