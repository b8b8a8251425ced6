"""Mistakes with arithmetic: numbers kept in a coarser format, rounded products, other functions.

Numbers in a coarser format are other numbers, exactly. What is rounded on the way is simulated: it
is not the same to the bit, so that it explains what was seen where nearly all of the difference is
gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

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
from symlstm.diagnosis.setup import Numbers, Part, Setup
from symlstm.numbers.arrays import in_floats, rational_array
from symlstm.numbers.floats import FORMATS

GROUP = "arithmetic"
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
