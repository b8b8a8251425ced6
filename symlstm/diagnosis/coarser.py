"""Coarser arithmetic that explains what was seen, once it is simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.simulated import nearest
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes.arithmetic import APPROXIMATED, COARSER, GROUP, SIMULATED
from symlstm.diagnosis.prove import Explanation, proven
from symlstm.diagnosis.screening.observed import Observed, outputs_of
from symlstm.diagnosis.setup import Setup
from symlstm.numbers.floats import FORMATS, format_named
from symlstm.numbers.remembered import cached_property
from symlstm.numbers.ulps import of_the_largest

LEFT = 1 / 8
"""So much of the difference may be left where arithmetic is simulated."""
LEAST = 8
"""So many numbers have to differ: of fewer, noise may be near anything."""


@dataclass(frozen=True, eq=False)
class Simulated(Explanation):
    """Arithmetic that gives what was observed but for a small part of the difference, ``left``."""

    simulated: Setup = field(repr=False, kw_only=True)
    left: float = field(kw_only=True)

    @property
    def fits(self) -> bool:
        """Whether so little of the difference is left."""
        return self.left <= LEFT

    @property
    def outputs(self) -> dict[str, NDArray[Any]]:
        """What the simulated run gives, by name, in float64."""
        found = outputs_of(self.simulated, list(self.observed.values))
        return {name: values[0] for name, values in found.items()}

    @cached_property
    def ulps(self) -> float:
        """How far off what was observed is at most, in ulps of the largest number of its array."""
        dtype, kind = self.observed.dtype, format_named(self.observed.dtype).dtype
        found = [
            of_the_largest(self.observed.values[name].astype(kind), values.astype(kind), dtype)
            for name, values in self.outputs.items()
        ]
        return max(float(ulps.max()) for ulps in found)


def by_arithmetic(
    exact: Setup, setup: Setup, seen: Observed, right: Explanation
) -> list[Explanation]:
    """Return the arithmetic that explains what was observed, the nearest first.

    ``setup`` is ``exact`` in floats, and ``right`` the verdict on it, which may be that activation
    functions are approximated.
    """
    if right.fits:
        return _simulated_by(setup, seen, right) or [replace(right, faults=(APPROXIMATED,))]
    return _simulated_by(setup, seen, right) or list(_held(exact, seen))


def _held(exact: Setup, seen: Observed) -> Iterator[Explanation]:
    """Yield the coarser formats that hold every number, and whose rounding explains them all."""
    for name in COARSER:
        format_ = FORMATS[name]
        numbers = seen.values.values()
        held = all((nearest(values, format_) == values).all() for values in numbers)
        enough = sum(np.count_nonzero(values) for values in numbers) >= LEAST
        if held and enough and format_.precision < format_named(seen.dtype).precision:
            found = proven((), exact, replace(seen, dtype=name))
            if found is not None and found.fits:
                yield replace(found, faults=(_computed_in(name),))
                return


def _computed_in(name: str) -> Fault:
    sentence = f"everything is computed in {name}"
    return Fault(f"computed-in-{name}", GROUP, sentence, "pytorch #175845", whole=lambda s: s)


def _simulated_by(setup: Setup, seen: Observed, right: Explanation) -> list[Explanation]:
    """Return the arithmetic that is near what was observed, once it is simulated."""
    names = list(seen.values)
    truth = _together(outputs_of(setup, names), names)
    given = np.concatenate([seen.values[name].ravel() for name in names])
    off = np.linalg.norm(given - truth)
    found: list[Simulated] = []
    differing = np.count_nonzero(given - truth)
    for fault in SIMULATED if 0 < off < np.inf and differing >= LEAST else ():
        made = fault.made_in(setup)
        assert made is not None
        left = np.linalg.norm(given - _together(outputs_of(made, names), names)) / off
        if left <= LEFT:
            values = (right.verdict, right.setup, right.reference, seen, right.original)
            found.append(Simulated((fault,), *values, simulated=made, left=float(left)))
    return [*sorted(found, key=_left)]


def _left(one: Simulated) -> float:
    return one.left


def _together(outputs: Any, names: list[str]) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(outputs[name][0]).ravel() for name in names])
