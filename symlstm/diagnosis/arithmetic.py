"""Mistakes with arithmetic: numbers kept in a coarser format, rounded products, other functions.

Numbers in a coarser format are other numbers, exactly. What is rounded on the way is simulated: it
is not the same to the bit, so that it explains what was seen where nearly all of the difference is
gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.algebras.simulated import (
    Arithmetic,
    Rounding,
    SimulatedAlgebra,
    lambert,
    nearest,
    pade_tanh,
    rational_tanh,
    shortened,
    sigmoid_of,
    significant,
)
from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.observed import Observed, outputs_of
from symlstm.diagnosis.prove import Explanation, proven
from symlstm.diagnosis.setup import Numbers, Part, Setup
from symlstm.numbers.arrays import in_floats, rational_array
from symlstm.numbers.floats import FORMATS, format_named
from symlstm.numbers.ulps import of_the_largest

GROUP = "arithmetic"
LEFT = 1 / 8
"""So much of the difference may be left where arithmetic is simulated."""
LEAST = 8
"""So many numbers have to differ: of fewer, noise may be near anything."""

COARSER = ("bfloat16", "float16")
TF32_BITS = 11


def faults(_setup: Setup) -> Iterator[Fault]:
    """Yield numbers that are kept in a coarser format."""
    for name in COARSER:
        rounded = partial(nearest, format_=FORMATS[name])
        for what, change in (("weights", _weights), ("inputs", None)):
            yield Fault(
                f"{what}-in-{name}",
                GROUP,
                f"the {what} are rounded to {name}",
                "pytorch #175845",
                part=None if change is None else partial(change, rounded),
                whole=partial(_inputs, rounded) if change is None else None,
            )


def _rounded(rounded: Rounding, numbers: Numbers) -> Numbers:
    """Return numbers rounded, floats or exact rationals as they are."""
    if numbers.dtype != object:
        return rounded(numbers)
    return rational_array(rounded(in_floats(numbers)))


def _weights(rounded: Rounding, part: Part) -> Part:
    biases = {
        name: tuple(_rounded(rounded, term) for term in terms)
        for name, terms in part.biases.items()
    }
    weights = {name: _rounded(rounded, numbers) for name, numbers in part.weights.items()}
    weights |= {name: np.sum(terms, axis=0)[:, None] for name, terms in biases.items()}
    return replace(part, weights=weights, biases=biases)


def _inputs(rounded: Rounding, setup: Setup) -> Setup:
    return replace(setup, inputs=_rounded(rounded, setup.inputs))


# What is rounded on the way.


def _in(algebra: SimulatedAlgebra, setup: Setup) -> Setup:
    return replace(setup, algebra=algebra)


def _simulated(name: str, sentence: str, source: str, arithmetic: Arithmetic) -> Fault:
    return Fault(name, GROUP, sentence, source, whole=partial(_in, SimulatedAlgebra(arithmetic)))


def _products(name: str, words: str, source: str, rounded: Rounding) -> Fault:
    sentence = f"matrices and vectors are rounded to {words} before they are multiplied"
    return _simulated(name, sentence, source, Arithmetic(before_products=rounded))


_TANH: dict[str, tuple[Callable[..., Any], str, str]] = {
    "rational": (rational_tanh, "a quotient of polynomials", "NeuralAmpModelerCore PR #43"),
    "pade": (pade_tanh, "x (27 + x²) / (27 + 9 x²)", "RTNeural PR #149"),
    "lambert-7": (lambert(7), "seven terms of Lambert's fraction", "RTNeural PR #149"),
    "lambert-5": (lambert(5), "five terms of Lambert's fraction", "RTNeural PR #149"),
    "lambert-4": (lambert(4), "four terms of Lambert's fraction", "RTNeural PR #149"),
    "lambert-3": (lambert(3), "three terms of Lambert's fraction", "RTNeural PR #149"),
    "lambert-2": (lambert(2), "two terms of Lambert's fraction", "RTNeural PR #149"),
}


def _fast() -> Iterator[Fault]:
    """Yield tanh, or tanh and σ, as approximations that programs have."""
    for name, (tanh, words, source) in _TANH.items():
        for functions, suffix, said in (
            ({"tanh": tanh}, "", "tanh is"),
            ({"tanh": tanh, "sigmoid": sigmoid_of(tanh)}, "-and-sigmoid", "tanh and σ are"),
        ):
            sentence = f"{said} approximated by {words}"
            arithmetic = Arithmetic(functions=functions)
            yield _simulated(f"fast-tanh-{name}{suffix}", sentence, source, arithmetic)


SIMULATED = (
    _products("tf32", "TF32's 11 bits", "tf-keras #772", partial(significant, bits=TF32_BITS)),
    _products("tf32-cut", "TF32's 11 bits, cut off,", "keras #19254", partial(shortened, bits=11)),
    *(
        _products(
            f"products-in-{name}", name, "pytorch #175845", partial(nearest, format_=FORMATS[name])
        )
        for name in COARSER
    ),
    *_fast(),
)
"""Arithmetic that is simulated."""

APPROXIMATED = Fault(
    "approximated-activations",
    GROUP,
    "activation functions are approximated",
    "onnxruntime, whose tanh and σ are quotients of polynomials",
    whole=lambda setup: setup,
)


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
