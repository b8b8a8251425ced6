"""Mistakes with the order of time, with sequences, directions and masks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Numbers, Part, Setup, View, there_and_back

GROUP = "time"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with time, sequences and directions."""
    yield from _OF_TIME
    if setup.mask is not None or setup.lengths is not None:
        yield from _OF_MASKS
    if setup.is_network and any(size > 1 for size in setup.levels):
        yield from _OF_DIRECTIONS


def _reversed_inputs(setup: Setup) -> Setup:
    return replace(setup, inputs=np.flip(setup.inputs, 1))


def _other_direction(part: Part) -> Part:
    return replace(part, backwards=not part.backwards)


def _reversed_view(name: str, values: Numbers) -> Numbers:
    return values if "state_" in name else np.flip(values, 1)


def _seen_reversed(setup: Setup) -> Setup:
    return replace(setup, views=(*setup.views, _REVERSED))


def _both_reversed(setup: Setup) -> Setup:
    return _seen_reversed(_reversed_inputs(setup))


def _exchanged(setup: Setup) -> Setup | None:
    """Return the setup with time taken for the batch: what comes out is exchanged back."""
    if setup.mask is not None or setup.lengths is not None:
        return None
    batch, steps, _ = setup.inputs.shape
    parts = []
    for part in setup.parts:
        started = any(np.any(state) for state in part.states.values())
        if batch != steps and started:
            return None
        states = {n: np.resize(state, (steps, state.shape[1])) for n, state in part.states.items()}
        parts.append(replace(part, states=states))
    inputs = np.swapaxes(setup.inputs, 0, 1)
    return replace(setup, parts=tuple(parts), inputs=inputs, views=(*setup.views, _EXCHANGED))


def _exchanged_view(name: str, values: Numbers) -> Numbers | None:
    return None if "state_" in name else np.swapaxes(values, 0, 1)


def _seen_exchanged(setup: Setup) -> Setup | None:
    if setup.inputs.shape[0] != setup.inputs.shape[1]:
        return None
    return replace(setup, views=(*setup.views, _EXCHANGED_OR_KEPT))


def _exchanged_or_kept(name: str, values: Numbers) -> Numbers:
    return values if "state_" in name else np.swapaxes(values, 0, 1)


def _reshaped(setup: Setup) -> Setup:
    """Return the setup with (batch, T) reshaped to (T, batch), where it should be transposed."""
    batch, steps, size = setup.inputs.shape
    inputs = setup.inputs.reshape(steps, batch, size).swapaxes(0, 1)
    return replace(setup, inputs=inputs)


def _seen_reshaped(setup: Setup) -> Setup:
    return replace(setup, views=(*setup.views, _RESHAPED))


def _reshaped_view(name: str, values: Numbers) -> Numbers:
    if "state_" in name:
        return values
    batch, steps, size = values.shape
    return values.swapaxes(0, 1).reshape(batch, steps, size)


def _reshaped_forth(name: str, values: Numbers, _shape: tuple[int, ...]) -> Numbers:
    if "state_" in name:
        return values
    batch, steps, size = values.shape
    return values.reshape(steps, batch, size).swapaxes(0, 1)


_REVERSED, _EXCHANGED = there_and_back(_reversed_view), there_and_back(_exchanged_view)
_EXCHANGED_OR_KEPT = there_and_back(_exchanged_or_kept)
_RESHAPED = View(_reshaped_view, _reshaped_forth)


def _shifted(by: int, setup: Setup) -> Setup | None:
    """Return the setup with every input a step late, or early; what is missing is zero."""
    if setup.inputs.shape[1] < 2:
        return None
    inputs = np.roll(setup.inputs, by, axis=1).copy()
    inputs[:, 0 if by > 0 else -1] = 0 * inputs[:, 0]
    return replace(setup, inputs=inputs)


_OF_TIME = (
    Fault(
        "inputs-reversed",
        GROUP,
        "the sequence is processed from its end",
        "nlc #8",
        whole=_reversed_inputs,
    ),
    Fault(
        "outputs-reversed",
        GROUP,
        "the outputs are in reverse order of time",
        "onnxruntime #4187, keras-onnx #523",
        whole=_seen_reversed,
        also=("reverse-output-order",),
    ),
    Fault(
        "other-direction",
        GROUP,
        "the sequence is processed from its end, and the outputs are put back in order",
        "keras-onnx #523",
        whole=_both_reversed,
    ),
    Fault(
        "batch-time-swapped",
        GROUP,
        "inputs of (batch, T) are processed as (T, batch)",
        "pytorch #1538, coremltools #303",
        whole=_exchanged,
    ),
    Fault(
        "outputs-batch-time-swapped",
        GROUP,
        "the outputs have batch and time exchanged",
        "pytorch #1538",
        whole=_seen_exchanged,
    ),
    Fault(
        "reshape-for-transpose",
        GROUP,
        "the inputs are reshaped to exchange batch and time, and not transposed",
        "video-classification #42, Sentence-VAE #15",
        whole=_reshaped,
    ),
    Fault(
        "outputs-reshape-for-transpose",
        GROUP,
        "the outputs are reshaped to exchange batch and time, and not transposed",
        "neon #311",
        whole=_seen_reshaped,
    ),
    Fault(
        "inputs-late",
        GROUP,
        "every input comes a step late, after a first one of zero",
        "off by one",
        whole=partial(_shifted, 1),
    ),
    Fault(
        "inputs-early",
        GROUP,
        "every input comes a step early, and zero at last",
        "off by one",
        whole=partial(_shifted, -1),
    ),
)


def _without_mask(setup: Setup) -> Setup:
    return replace(setup, mask=None, lengths=None)


def _inverted(setup: Setup) -> Setup | None:
    return None if setup.mask is None else replace(setup, mask=~setup.mask)


def _zero_or_held(part: Part) -> Part:
    return replace(part, zero_output=not part.zero_output)


def _as_mask(setup: Setup) -> Setup | None:
    """Return the setup with lengths taken as a mask, whose outputs are held past the end."""
    if setup.lengths is None:
        return None
    mask = np.arange(setup.inputs.shape[1]) < setup.lengths[:, None]
    return replace(setup, mask=mask, lengths=None)


_OF_MASKS = (
    Fault(
        "mask-ignored",
        GROUP,
        "masked steps, or those past a sequence's end, count",
        "onnxruntime #1400, tf2onnx #2221",
        whole=_without_mask,
        also=("lengths-ignored",),
    ),
    Fault(
        "mask-inverted",
        GROUP,
        "the mask is inverted: what counts is left out",
        "keras: True is for what counts",
        whole=_inverted,
    ),
    Fault(
        "masked-step-zero-or-held",
        GROUP,
        "outputs at masked steps are zero where they should be held, or held where zero",
        "onnxruntime #12492",
        part=_zero_or_held,
    ),
    Fault(
        "lengths-as-mask",
        GROUP,
        "outputs past a sequence's end are held, and not zero",
        "onnxruntime #12492",
        whole=_as_mask,
    ),
)


def _all_forward(setup: Setup) -> Setup:
    return replace(setup, parts=tuple(replace(part, backwards=False) for part in setup.parts))


def _weights_exchanged(setup: Setup) -> Setup | None:
    """Return the setup with the layers of each level in each other's place."""
    parts, done = list(setup.parts), 0
    for size in setup.levels:
        own = parts[done : done + size]
        turned = [
            replace(other, backwards=part.backwards, states=part.states)
            for part, other in zip(own, own[::-1], strict=True)
        ]
        parts[done : done + size] = turned
        done += size
    return replace(setup, parts=tuple(parts))


def _halves(values: Numbers, count: int) -> list[Numbers]:
    return np.split(values, count, axis=-1)


def _halves_exchanged(name: str, values: Numbers) -> Numbers | None:
    if name != "sequence_out" or values.shape[-1] % 2:
        return values
    return np.concatenate(_halves(values, 2)[::-1], axis=-1)


def _backward_in_processing_order(name: str, values: Numbers) -> Numbers | None:
    if name != "sequence_out" or values.shape[-1] % 2:
        return values
    forward, backward = _halves(values, 2)
    return np.concatenate([forward, np.flip(backward, 1)], axis=-1)


def _seen(view: View, setup: Setup) -> Setup | None:
    if setup.merge != "concat" or setup.levels[-1] != 2:
        return None
    return replace(setup, views=(*setup.views, view))


_HALVES = there_and_back(_halves_exchanged)
_PROCESSED = there_and_back(_backward_in_processing_order)


_OF_DIRECTIONS = (
    Fault(
        "backward-input-not-reversed",
        GROUP,
        "the layers that go backwards go forward",
        "nlc #8",
        whole=_all_forward,
        also=("forward-twice", "direction-ignored"),
    ),
    Fault(
        "directions-exchanged",
        GROUP,
        "the weights of the forward and the backward layers are exchanged",
        "seq2seq-tutorials #1",
        whole=_weights_exchanged,
    ),
    Fault(
        "outputs-of-directions-exchanged",
        GROUP,
        "the outputs of the backward layer stand before those of the forward one",
        "onnx-tensorflow PR #227",
        whole=partial(_seen, _HALVES),
    ),
    Fault(
        "backward-outputs-in-processing-order",
        GROUP,
        "the outputs of the backward layer are in the order in which it computed them",
        "onnxruntime #4187, tensorflow #40345, keras-onnx #523",
        whole=partial(_seen, _PROCESSED),
    ),
)
