"""Verdicts without a tolerance: no false alarm, every planted mistake noticed, and what is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN
from symlstm.errors import SymlstmError
from symlstm.testing import assert_right, assert_ulp, judge
from symlstm.testing.layer_case import random_case


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def shuffled_dot(rng, matrix, vector):
    """A product of a matrix and a vector whose sums are taken in an order of one's own."""
    order = rng.permutation(matrix.shape[1])
    total = np.zeros(matrix.shape[0], dtype=matrix.dtype)
    for k in order:
        total = total + matrix[:, k] * vector[k]
    return total


def by_hand(case, rng, *, mistake=lambda name, value: value):
    """An LSTM in the case's own format, sequence by sequence; every value by name."""
    kind, units = case.inputs.dtype.type, case.layer.cell.units
    W, U, b = (getattr(case, group).T for group in ("kernel", "recurrent_kernel", "bias"))
    values = {name: [] for name in ("i", "f", "c_tilde", "o", "c", "h")}
    with np.errstate(all="ignore"):
        for k, sequence in enumerate(case.inputs):
            h, c = (state[k] for state in case.initial_state)
            for x in sequence:
                z = shuffled_dot(rng, W, x) + (shuffled_dot(rng, U, h) + b)
                z = mistake("z", z.astype(kind))
                parts = np.split(z, 4)
                i, f, o = (sigmoid(parts[n]).astype(kind) for n in (0, 1, 3))
                new = np.tanh(parts[2]).astype(kind)
                c = mistake("c", f * c + i * new)
                h = mistake("h", (o * np.tanh(c)).astype(kind))
                for name, value in zip(values, (i, f, new, o, c, h), strict=True):
                    values[name].append(value)
    shape = (*case.inputs.shape[:2], units)
    return {name: np.reshape(np.array(each), shape) for name, each in values.items()}


@pytest.mark.slow
@given(
    seed=st.integers(0, 2**32 - 1),
    units=st.integers(1, 6),
    steps=st.integers(1, 12),
    dtype=st.sampled_from(["float64", "float32", "float16"]),
    scale=st.sampled_from([0.25, 1, 4]),
)
@settings(max_examples=60, deadline=None)
def test_rounding_is_never_called_wrong(seed, units, steps, dtype, scale):
    case = random_case(units=units, steps=steps, dtype=dtype, seed=seed, initial_state=True)
    rng = np.random.default_rng(seed)
    inputs = (case.inputs * scale).astype(case.inputs.dtype)
    object.__setattr__(case, "inputs", inputs)
    values = by_hand(case, rng)
    case.assert_right(values["h"])
    case.assert_right(values)
    case.assert_right({"state_h": values["h"][:, -1], "state_c": values["c"][:, -1]})


MISTAKES = {
    "gates exchanged": lambda z, u: np.concatenate([z[u : 2 * u], z[:u], z[2 * u :]]),
    "cell first": lambda z, u: np.concatenate([z[: 2 * u], z[3 * u :], z[2 * u : 3 * u]]),
    "forget bias": lambda z, u: z + np.repeat([0, 1, 0, 0], u).astype(z.dtype),
    "one weight": lambda z, u: z + np.eye(4 * u, dtype=z.dtype)[0] * z.dtype.type(1e-4),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("seed", range(3))
def test_a_mistake_is_noticed_at_the_first_step(mistake, seed):
    case = random_case(units=5, steps=20, seed=seed)
    change = MISTAKES[mistake]
    values = by_hand(
        case,
        np.random.default_rng(seed),
        mistake=lambda name, value: change(value, 5) if name == "z" else value,
    )
    verdict = judge(values["h"], case.reference)
    assert verdict.verdict == "unexplained"
    assert verdict.first.name == "sequence_out"
    assert "step 1," in verdict.first.place or mistake == "forget bias"


def test_a_mistake_in_the_middle_is_placed():
    case = random_case(units=3, steps=9)
    out = case.reference.sequence_out.copy()
    out[1, 4, 2] += 1e-3
    with pytest.raises(AssertionError, match="not explained by rounding in float32") as caught:
        case.assert_right(out)
    assert "step 5, unit 2, sequence 1" in " ".join(str(caught.value).split())
    assert max(map(len, str(caught.value).splitlines())) <= 80


def test_what_is_true_is_right_and_says_so():
    case = random_case(steps=4)
    verdict = judge(case.reference.sequence_out, case.reference)
    assert verdict.verdict == "right"
    assert str(verdict) == "right: rounding in float32 explains every difference"
    assert verdict.first is None
    assert verdict.worst.times <= 1


def test_an_approximated_activation_has_its_error():
    layer = LSTM(units=1).bind(kernel=0, recurrent_kernel=0, bias=[-12, 0, 1, 3])
    reference = layer.reference([1], dtype="float32")
    true = reference["i"]
    near = (true * np.float32(1 + 400 * 2**-23)).astype(np.float32)
    verdict = judge({"i": near}, reference)
    assert verdict.verdict == "approximated"
    assert 256 <= verdict.activation_ulp <= 1024
    with pytest.raises(AssertionError, match="approximated: activation functions"):
        assert_right({"i": near}, reference)


def test_a_float64_layer_that_computes_in_float32_is_told():
    case = random_case(dtype="float64", steps=6)
    short = case.reference.sequence_out.astype(np.float32).astype(np.float64)
    verdict = judge(short, case.reference)
    assert verdict.coarser == "float32"
    assert "rounding in float32 explains every difference" in str(verdict).replace("\n", " ")


def test_bfloat16_is_judged_as_that():
    case = random_case(dtype="bfloat16", steps=5)
    out = case.reference.sequence_out
    case.assert_right(out)
    assert judge(-out, case.reference).verdict == "unexplained"


@pytest.mark.parametrize("options", [{"mask": [True, False, True, True]}, {"sequence_lens": [2]}])
def test_steps_that_are_left_out_are_no_false_alarm(options):
    case = random_case(units=3, steps=4, batch=1)
    options = {name: [value] if name == "mask" else value for name, value in options.items()}
    reference = case.layer.reference(case.inputs, dtype="float32", **options)
    actual = reference.sequence_out, reference.state_h, reference.state_c
    assert_right(actual, reference)
    wrong = actual[0].copy()
    wrong[0, 1] += np.float32(1e-3)
    assert judge(wrong, reference).verdict == "unexplained"


def test_no_bound_is_known_of_an_array():
    with pytest.raises(SymlstmError, match="nobody knows how it was computed"):
        judge(np.zeros((3, 2)), np.zeros((3, 2)))
    case = random_case(units=2, steps=3)
    with pytest.raises(SymlstmError, match="reference is a Layer, of which nobody"):
        judge(case.reference.sequence_out, case.layer)


def gradients():
    case = random_case(units=2, input_dim=2, steps=5, batch=1)
    true = case.reference.backward(grad_sequence=1)
    names = ("inputs", "kernel", "recurrent_kernel", "bias", "W_f", "c", "z_i", "initial_state h")
    return true, {name: np.array(_by_name(true, name)) for name in names}


def _by_name(true, name):
    if name == "inputs":
        return true.inputs
    return true.initial_state[0] if name == "initial_state h" else true[name]


def test_gradients_are_right_by_name():
    true, mine = gradients()
    assert_right(mine, true)
    assert_ulp(mine, true, max_ulp=0)


def test_a_wrong_weight_is_told_by_gate_and_entry():
    true, mine = gradients()
    mine["W_f"][1, 0] *= 1.5
    kernel = {"kernel": mine.pop("kernel")}
    with pytest.raises(AssertionError, match=r"W_f is\sthe first: at unit 1, input 0"):
        assert_right({"W_f": mine["W_f"]}, true)
    kernel["kernel"][0, 3] *= 1.5
    with pytest.raises(AssertionError, match="W_f, unit 1, input 0"):
        assert_ulp(kernel, true, max_ulp=10)


def test_the_first_wrong_delta_is_the_last_in_time():
    true, mine = gradients()
    mine["z_i"][0, 1:4, 0] *= 1.5
    with pytest.raises(AssertionError) as caught:
        assert_right({"z_i": mine["z_i"], "W_f": mine["W_f"]}, true)
    assert "step 4, unit 0" in " ".join(str(caught.value).split())
    with pytest.raises(AssertionError) as caught:
        assert_ulp({"z_i": mine["z_i"]}, true, max_ulp=10)
    assert "z_i is wrong first: at step 4" in " ".join(str(caught.value).split())
    assert "δ_{i,t}" in str(caught.value)


def test_gradients_have_to_be_told_apart():
    true, mine = gradients()
    with pytest.raises(SymlstmError, match="give a mapping"):
        assert_right(mine["kernel"], true)


def test_gradients_of_a_mapping_are_told_by_row_and_column():
    true, mine = gradients()
    mine["W_f"][1, 0] *= 1.5
    with pytest.raises(AssertionError, match="W_f is wrong first: at row 1, column 0"):
        assert_ulp({"W_f": mine["W_f"]}, {"W_f": true["W_f"]}, max_ulp=10)


@pytest.mark.parametrize(
    "cell", [PeepholeLSTM(3, 2), ProjectedLSTM(3, 2, proj_size=2), SimpleRNN(3, 2)], ids=str
)
def test_a_case_may_be_of_any_cell_and_one_sequence(cell):
    case = random_case(cell=cell, batch=None, steps=6, initial_state=True)
    assert case.inputs.shape == (6, 2)
    assert case.kernel.shape == case.layer.kernel.shape
    out = case.reference.sequence_out.copy()
    case.assert_right(out)
    out[3, 1] += np.float32(1e-3)
    with pytest.raises(AssertionError, match="step 4, unit 1"):
        case.assert_right(out)
    with pytest.raises(SymlstmError, match="a cell with options of its own"):
        random_case(cell=cell, units=2)


def test_projections_are_judged():
    rng = np.random.default_rng(0)
    cell = ProjectedLSTM(3, 2, proj_size=2)
    shapes = {"kernel": (2, 12), "recurrent_kernel": (2, 12), "bias": (12,), "projection": (3, 2)}
    layer = cell.bind(**{n: rng.normal(size=s).astype(np.float32) for n, s in shapes.items()})
    reference = layer.reference(rng.normal(size=(6, 2)).astype(np.float32))
    assert_right(reference.sequence_out, reference)
    assert judge(reference.sequence_out + np.float32(1e-3), reference).verdict == "unexplained"


def test_ulps_of_the_largest():
    reference = np.float32([[1.0, 1e-6]])
    near = reference + np.float32([[0, 1e-7]])
    with pytest.raises(AssertionError):
        assert_ulp(near, reference, max_ulp=100)
    assert_ulp(near, reference, max_ulp=1, of="largest")
    with pytest.raises(SymlstmError, match="'each' or 'largest'"):
        assert_ulp(near, reference, max_ulp=1, of="mean")
