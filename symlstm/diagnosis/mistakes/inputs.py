"""Mistakes with the numbers that go in, and the places where those that come out stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Numbers, Setup, View, there_and_back

GROUP = "inputs and outputs"

FACTORS = (2, Fraction(1, 2), -1, 255, Fraction(1, 255), 256, Fraction(1, 256))
"""By what inputs are multiplied where they should not be: twice the mean, bytes."""


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with inputs, and with where outputs stand."""
    yield from _FIXED
    for factor in FACTORS:
        yield Fault(
            f"inputs-times-{factor}",
            GROUP,
            f"every input is {factor} times as large",
            "off by a factor: bytes as numbers from 0 to 1, or not",
            whole=partial(_scaled, factor),
        )
    if setup.is_network and len(setup.parts) > 1:
        yield from _SCRAMBLED


def _scaled(factor: int | Fraction, setup: Setup) -> Setup:
    numerator, denominator = factor.numerator, factor.denominator
    return replace(setup, inputs=setup.inputs * numerator / denominator)


def _with_inputs(change: Callable[[Numbers], Numbers], setup: Setup) -> Setup:
    return replace(setup, inputs=change(setup.inputs))


def _one_for_all(values: Numbers, axis: int, place: int) -> Numbers:
    one = np.take(values, [place], axis=axis)
    return np.repeat(one, values.shape[axis], axis=axis)


def _reversed_in(axis: int, values: Numbers) -> Numbers:
    return np.flip(values, axis)


def _seen(view: View, setup: Setup) -> Setup:
    return replace(setup, views=(*setup.views, view))


def _units_reversed(name: str, values: Numbers) -> Numbers:
    return np.flip(values, 2) if name == "sequence_out" else values


_UNITS = there_and_back(_units_reversed)
_BATCH = there_and_back(lambda _name, values: np.flip(values, 0))
_OTHER_STATE = {"state_h": "state_c", "state_c": "state_h"}
_STATES = replace(there_and_back(lambda _name, values: values), names=_OTHER_STATE)


def _states_exchanged(setup: Setup) -> Setup | None:
    sizes = [part.cell.states for part in setup.parts]
    if any("c" not in s or "h" not in s or s["c"].shape != s["h"].shape for s in sizes):
        return None
    return _seen(_STATES, setup)


def _reversed_by_all_steps(setup: Setup) -> Setup | None:
    """Return the setup of a layer that goes backwards with its padding in front."""
    if setup.lengths is None or setup.is_network or not setup.parts[0].backwards:
        return None
    forward = replace(setup.parts[0], backwards=False)
    return replace(setup, parts=(forward,), inputs=np.flip(setup.inputs, 1))


_FIXED = (
    Fault(
        "reverse-by-T-not-by-length",
        GROUP,
        "a sequence that is processed from its end is reversed with its padding",
        "onnxruntime PR #1193",
        whole=_reversed_by_all_steps,
    ),
    Fault(
        "features-reversed",
        GROUP,
        "the numbers of every input are in reverse order",
        "as of images whose colours are in the order blue, green, red",
        whole=partial(_with_inputs, partial(_reversed_in, 2)),
    ),
    Fault(
        "batch-reversed",
        GROUP,
        "the sequences come out in reverse order",
        "as of packed sequences that are not sorted back",
        whole=partial(_seen, _BATCH),
    ),
    Fault(
        "units-reversed",
        GROUP,
        "the units of the output are in reverse order",
        "off in the order of an axis",
        whole=partial(_seen, _UNITS),
    ),
    Fault(
        "first-sequence-for-all",
        GROUP,
        "every sequence of the batch is the first one",
        "CMSIS-NN PR #219",
        whole=partial(_with_inputs, lambda x: _one_for_all(x, 0, 0)),
    ),
    Fault(
        "last-sequence-for-all",
        GROUP,
        "every sequence of the batch is the last one",
        "CMSIS-NN PR #219",
        whole=partial(_with_inputs, lambda x: _one_for_all(x, 0, -1)),
    ),
    Fault(
        "first-input-at-every-step",
        GROUP,
        "the first input is used at every step",
        "off by a stride",
        whole=partial(_with_inputs, lambda x: _one_for_all(x, 1, 0)),
    ),
    Fault(
        "last-input-at-every-step",
        GROUP,
        "the last input is used at every step",
        "off by a stride",
        whole=partial(_with_inputs, lambda x: _one_for_all(x, 1, -1)),
    ),
    Fault(
        "h-c-returned-swapped",
        GROUP,
        "the last states are returned as c, h",
        "nni PR #2842, xnmt #223",
        whole=_states_exchanged,
    ),
)


def _scrambled(count: int, turn: bool, name: str, values: Numbers) -> Numbers:
    """Return last states of several layers as if (layers, batch) were (batch, layers), or back."""
    if "state_" not in name or values.shape[-1] % count:
        return values
    batch, size = len(values), values.shape[-1] // count
    apart = values.reshape(batch, count, size)
    if turn:  # what was seen, by layers first, is the other one read in its order
        whole = apart.swapaxes(0, 1).reshape(batch, count, size)
    else:
        whole = apart.reshape(count, batch, size).swapaxes(0, 1)
    return whole.reshape(values.shape)


def _states_scrambled(turn: bool, setup: Setup) -> Setup:
    count = len(setup.parts)
    back, forth = partial(_scrambled, count, turn), partial(_scrambled, count, not turn)
    return _seen(View(back, lambda name, values, _shape: forth(name, values)), setup)


_SCRAMBLED = tuple(
    Fault(
        f"final-state-scrambled{suffix}",
        GROUP,
        f"last states of shape {given} are viewed as {taken}, and not transposed",
        "nlp-tutorial #38, OpenNMT-py #61",
        whole=partial(_states_scrambled, turn),
    )
    for suffix, given, taken, turn in (
        ("", "(layers, batch, units)", "(batch, layers, units)", False),
        ("-back", "(batch, layers, units)", "(layers, batch, units)", True),
    )
)
