"""Mistakes with directions, levels, masks and lengths, planted in networks of NumPy LSTMs."""

from dataclasses import replace

import numpy as np
import pytest
from trials import drawn
from wrong_lstm import run

from symlstm import Network, diagnose

SIZES = {"units": 3, "inputs": 2, "steps": 4, "batch": 3, "started": True}
WIDE = {**SIZES, "inputs": 6}
NUMBERS = (2, 4, 3)
"""How many steps of each sequence there are."""


def trials():
    """Return two levels of two directions, each with the layer that it should be."""
    return [drawn(seed, "lstm", sizes=SIZES if seed < 12 else WIDE)[0] for seed in range(10, 14)]


def network(parts):
    layers = [replace(one.layer, go_backwards=bool(k % 2)) for k, one in enumerate(parts)]
    return Network([layers[:2], layers[2:]])


def computed(parts, x, *, backwards=(False, True), ordered=True, swap=False, lengths=None, **how):
    """Return outputs and last states; a level's directions see the outputs of the one before."""
    states = []
    for level in (parts[:2], parts[2:]):
        outputs = []
        for one, back in zip(level, backwards, strict=True):
            given = replace(one.given.with_arrays(x=x, lengths=lengths), backwards=back)
            found = run(given, how.get("mistakes", ()))
            values = found["sequence_out"]
            outputs.append(in_place(values, lengths) if back and ordered else values)
            states.append((found["state_h"], found["state_c"]))
        x = np.concatenate(outputs[::-1] if swap else outputs, axis=-1)
    h, c = (np.stack(each) for each in zip(*states, strict=True))
    return {"sequence_out": x, "state_h": h, "state_c": c}


def in_place(values, lengths):
    """Return what was computed from the end in the order of the inputs."""
    turned = values.copy()
    for row, length in enumerate(lengths if lengths is not None else [values.shape[1]] * 99):
        if row < len(values):
            turned[row, :length] = values[row, :length][::-1]
    return turned


def found(actual, parts, **options):
    starts = [[one.given.arrays[name] for one in parts] for name in ("h_0", "c_0")]
    state = [np.stack(each) for each in starts]
    x = parts[0].given.arrays["x"]
    return diagnose(network(parts), x, actual, initial_state=state, max_faults=1, **options)


def exchanged(parts):
    """Return the layers of each level with the weights of the other direction."""
    names = ("W", "U", "b", "b_2")
    own = [
        one.given.with_arrays(**{name: other.given.arrays[name] for name in names})
        for one, other in zip(parts, (parts[1], parts[0], parts[3], parts[2]), strict=True)
    ]
    return [replace(one, given=given) for one, given in zip(parts, own, strict=True)]


def scrambled(outputs):
    """Return last states of shape (layers, batch, units) viewed as (batch, layers, units)."""
    count, batch, units = outputs["state_h"].shape
    turned = {
        name: outputs[name].reshape(batch, count, units).swapaxes(0, 1)
        for name in ("state_h", "state_c")
    }
    return {**outputs, **turned}


PLANTED = {
    "backward-input-not-reversed": lambda p, x: computed(p, x, backwards=(False, False)),
    "directions-exchanged": lambda p, x: computed(exchanged(p), x),
    "final-state-scrambled": lambda p, x: scrambled(computed(p, x)),
}


def test_a_network_that_is_right_is_right():
    parts = trials()
    assert found(computed(parts, parts[0].given.arrays["x"]), parts).verdict == "right"


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_in_a_network_is_named(name):
    parts = trials()
    diagnosis = found(PLANTED[name](parts, parts[0].given.arrays["x"]), parts)
    best = diagnosis.best
    assert name in (*best.names, *best.equivalent)
    assert diagnosis.verdict == "explained"


@pytest.mark.slow
def test_outputs_of_the_last_level_in_other_orders():
    parts = trials()
    right = computed(parts, parts[0].given.arrays["x"])
    forward, backward = np.split(right["sequence_out"], 2, axis=-1)
    for name, halves in {
        "outputs-of-directions-exchanged": (backward, forward),
        "backward-outputs-in-processing-order": (forward, backward[:, ::-1]),
    }.items():
        actual = {**right, "sequence_out": np.concatenate(halves, axis=-1)}
        best = found(actual, parts).best
        assert name in (*best.names, *best.equivalent)


def of_lengths(kind="lstm", **how):
    trial, _ = drawn(21, kind, sizes={**SIZES, "steps": 5})
    given = trial.given.with_arrays(lengths=np.array(NUMBERS))
    return trial, run(given), given


def test_lengths_that_are_ignored():
    trial, right, given = of_lengths()
    options = {**trial.arguments, "sequence_lens": NUMBERS}
    x = given.arrays["x"]
    assert diagnose(trial.layer, x, right, **options).verdict == "right"
    best = diagnose(trial.layer, x, run(trial.given), **options).best
    assert "lengths-ignored" in (*best.names, *best.equivalent)


def test_outputs_past_the_end_that_are_held():
    trial, right, given = of_lengths()
    outputs = right["sequence_out"].copy()
    for row, length in enumerate(NUMBERS):
        outputs[row, length:] = outputs[row, length - 1]
    options = {**trial.arguments, "sequence_lens": NUMBERS}
    actual = {**right, "sequence_out": outputs}
    best = diagnose(trial.layer, given.arrays["x"], actual, **options).best
    assert "lengths-as-mask" in (*best.names, *best.equivalent)


def test_reversed_by_all_steps_and_not_by_length():
    """Padding comes first where a sequence is reversed as a whole."""
    trial, _, given = of_lengths()
    layer = replace(trial.layer, go_backwards=True)
    x = given.arrays["x"].copy()
    for row, length in enumerate(NUMBERS):
        x[row, length:] = 0
    turned = given.with_arrays(x=x[:, ::-1])
    options = {**trial.arguments, "sequence_lens": NUMBERS}
    best = diagnose(layer, x, run(turned), **options).best
    assert "reverse-by-T-not-by-length" in (*best.names, *best.equivalent)
