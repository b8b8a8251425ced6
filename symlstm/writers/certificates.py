"""What the decimals of a page are worth: certified by balls, or rounded from exact numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flint import fmpq
from sympy import Rational

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.equations.numerals import is_enclosed, is_rounded
from symlstm.numbers.arrays import Array
from symlstm.runs.certify import intervals
from symlstm.runs.trace import Trace
from symlstm.writers.remarks import Certified
from symlstm.writers.typesetter import is_long


def from_floats(weights: Mapping[str, Array]) -> bool:
    """Say whether weights are floats as programs have them, which no one writes out."""
    every = (entry for array in weights.values() for entry in array.flat)
    entries = [entry for entry in every if isinstance(entry, fmpq)]
    return any(is_long(one) and int(one.q) & (int(one.q) - 1) == 0 for one in entries)


def certified(trace: Trace[Any], digits: int | None) -> Certified | None:
    """Return what decimals of a trace are worth; where nothing is rounded there is none to say."""
    algebra = trace.algebra
    if digits is None or isinstance(algebra, DecimalAlgebra):
        return None
    if not isinstance(algebra, CertifiedAlgebra):
        exported = (algebra.export(value) for value in _values(trace))
        entries = (entry for array in exported for entry in array.flat)
        rounds = any(isinstance(one, Rational) and is_rounded(one, digits) for one in entries)
        return Certified(digits, 0, enclosed=False, boxed=False) if rounds else None
    entries = (entry for value in _values(trace) for entry in value.entries())
    enclosed = any(is_enclosed(entry, digits) for entry in entries)
    assert trace.given is not None
    given = {
        n: a for n, a in trace.given.numbers.items() if not (n == "inputs" and trace.given.handed)
    }
    boxed = any(intervals(given))
    return Certified(digits, algebra.precision, enclosed or boxed, boxed)


def _values(trace: Trace[Any]) -> Iterator[Any]:
    for history in trace.histories:
        for values in history.values():
            yield from values.values()


def certified_together(traces: Sequence[Trace[Any]], digits: int | None) -> Certified | None:
    """Return what decimals of several traces are worth: what holds of all of them."""
    found = [one for trace in traces if (one := certified(trace, digits)) is not None]
    if not found:
        return None
    enclosed, boxed = (any(getattr(one, name) for one in found) for name in ("enclosed", "boxed"))
    return replace(found[0], enclosed=enclosed, boxed=boxed)
