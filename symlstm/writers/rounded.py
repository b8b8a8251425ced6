"""Tell of a run that rounds every value how it does, and how far off its result is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from flint import arb

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.equations.expression import Quantity
from symlstm.notation import Tokens
from symlstm.numbers.arrays import Array
from symlstm.numbers.decimals import in_full
from symlstm.numbers.exact import Interval, real
from symlstm.numbers.places import Places
from symlstm.runs.distance import bound
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace
from symlstm.writers.line import Line
from symlstm.writers.remarks import Rounded
from symlstm.writers.roundings import marked, written
from symlstm.writers.typesetter import Typesetter

FURTHER = 2
"""How many places further the true values are told."""


def rounded(typesetter: Typesetter, trace: Trace[Any]) -> Rounded | None:
    """Return how a trace rounds its values, and what that comes to; ``None`` if it does not."""
    algebra = trace.algebra
    if not isinstance(algebra, DecimalAlgebra):
        return None
    distance, output, last = trace.distance(), trace.cell.output, len(trace)
    ends = [
        (
            output.at(last),
            trace.entries(output.name, last, k),
            distance.true.entries(output.name, last, k),
        )
        for k in range(len(trace.histories))
    ]
    off = np.take(distance[output.name], -1, axis=trace.time_axis)
    return _told_of(typesetter, algebra, ends, off)


def rounded_network(typesetter: Typesetter, network: NetworkTrace) -> Rounded | None:
    """Return how a network rounds its values, and what that comes to; ``None`` if it does not."""
    algebra, last = network.algebra, len(network)
    if not isinstance(algebra, DecimalAlgebra):
        return None
    distance = network.distance()
    runs = (network.sequence_out, distance.true.sequence_out, distance.sequence_out)
    value, true, off = (np.take(np.asarray(run, dtype=object), -1, axis=-2) for run in runs)
    size = value.shape[-1]
    y = Quantity("y", size, 1, last)
    ends = [
        (y, one[:, None], other[:, None])
        for one, other in zip(value.reshape(-1, size), true.reshape(-1, size), strict=True)
    ]
    return _told_of(typesetter, algebra, ends, off)


def _told_of(
    typesetter: Typesetter,
    algebra: DecimalAlgebra,
    ends: Sequence[tuple[Quantity, Array, Array]],
    off: Array,
) -> Rounded:
    """Return what is told of last outputs, each with what it is and what it would be."""
    apart = max(map(bound, np.ravel(off)))  # at the most
    count = algebra.places.count
    key = "rounded.digits" if algebra.places.decimals is None else "rounded.decimals"
    return Rounded(
        to=typesetter.catalogue.words(key, count=count),
        even=algebra.rounding == "half_even",
        results=tuple(line for end in ends for line in _results(typesetter, algebra, *end)),
        apart=[typesetter.notation.decimal(apart)] if apart else [],
    )


def _results(
    typesetter: Typesetter, algebra: DecimalAlgebra, output: Quantity, value: Array, true: Array
) -> tuple[Line, Line]:
    """Return the last output of a sequence as it was rounded, and the true one."""
    name = typesetter.formula(output)
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
