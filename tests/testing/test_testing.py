"""Assertions in ulps, and the fixture for a test of someone's own LSTM."""

from fractions import Fraction
from inspect import signature

import numpy as np
import own_cells
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, PeepholeLSTM, SimpleRNN
from symlstm.errors import NumberError, PrecisionError, ShapeError, SymlstmError
from symlstm.testing.assertion import assert_ulp
from symlstm.testing.layer_case import random_case

GATES = ["z_i", "i", "z_f", "f", "z_c_tilde", "c_tilde", "z_o", "o", "c", "h"]


def failure(actual, reference, **options):
    with pytest.raises(AssertionError) as caught:
        assert_ulp(actual, reference, **options)
    text = str(caught.value)
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in text.splitlines())
    return text


def nudged(array, index, ulps=1):
    """The array with one entry some floats further up."""
    moved = np.array(array)
    for _ in range(ulps):
        moved[index] = np.nextafter(moved[index], np.inf, dtype=moved.dtype)
    return moved


@pytest.fixture(scope="module")
def case():
    return random_case(steps=6, initial_state=True)


@pytest.fixture(scope="module")
def truth(case):
    outputs = {
        name: getattr(case.reference, name) for name in ("sequence_out", "state_h", "state_c")
    }
    return {**{name: case.reference[name] for name in GATES}, **outputs}


class Known:
    """A reference whose values are worked out beforehand, since many tests compare with it."""

    def __init__(self, case, truth):
        self.cell, self.dtype, self.truth = case.reference.cell, case.dtype, truth
        self.cells = case.reference.cells

    def __getitem__(self, name):
        return self.truth[name]

    def __len__(self):
        return len(self.truth["sequence_out"][0])

    __getattr__ = __getitem__


@given(st.data())
@settings(max_examples=60)
def test_the_first_wrong_place_is_named(case, truth, data):
    """Of a few numbers nudged at random, the first in time, then in the order of computation."""
    names = [*GATES[:9], "state_c", "h", "sequence_out", "state_h"]
    wrong = data.draw(
        st.lists(
            st.tuples(*(st.integers(0, n - 1) for n in (6, len(names), 2, 4))),
            min_size=1, max_size=4, unique=True,
        )
    )  # fmt: skip
    actual, places = dict(truth), []
    for step, rank, sequence, unit in wrong:
        name = names[rank]
        last = name.startswith("state")
        index = (sequence, unit) if last else (sequence, step, unit)
        actual[name] = nudged(actual[name], index, 3)
        places.append((6 if last else step + 1, rank, sequence, unit))
    step, rank, sequence, unit = min(places)
    text = failure(actual, Known(case, truth), max_ulp=2)
    opening = " ".join(text.split("\n\n")[0].split())
    assert opening.startswith(
        f"{names[rank]} is wrong first: at step {step}, unit {unit}, sequence {sequence} it is "
    )
    assert_ulp(actual, Known(case, truth), max_ulp=12)


def test_the_numbers_and_how_many_are_wrong_are_shown(case, truth):
    wrong = nudged(nudged(truth["f"], (1, 2, 3), 5), (0, 4, 1), 9)
    text = failure({"f": wrong, "sequence_out": truth["sequence_out"]}, case.reference, max_ulp=4)
    actual, reference = wrong[1, 2, 3], truth["f"][1, 2, 3]
    assert f"  actual     {actual!s}" in text
    assert f"  {float(reference).hex()}\n" in text
    opening, rest = text.split("\n\n", 1)
    assert "it is 5 ulps of float32 from its reference, and max_ulp is 4" in " ".join(
        opening.split()
    )
    assert "f             2 of 48      9 ulps  step 5, unit 1, sequence 0\n" in rest
    assert "sequence_out  0 of 48      0 ulps  step 1, unit 0, sequence 0\n" in rest
    assert rest.endswith("  f_t = σ(W_f x_t + U_f h_{t-1} + b_f)")


def test_outputs_alone_are_explained_by_the_gates(case, truth):
    text = failure(nudged(truth["sequence_out"], (1, 3, 2), 2), case.reference, max_ulp=1)
    assert "sequence_out is wrong first: at step 4, unit 2, sequence 1 it is 2 ulps" in text
    for name in ("i", "f", "c_tilde", "o", "c", "h"):
        assert f"  {name:7}  {truth[name][1, 3, 2]!s}\n" in text
    assert "mapping with sequence_out, i, f, c_tilde, o, c, h." in " ".join(text.split())


def test_what_frameworks_return_is_taken_as_it_is(case, truth):
    out, h, c = (truth[name] for name in ("sequence_out", "state_h", "state_c"))
    for actual in (out, (out,), (out, h, c), (out, [h, c]), (out, (h[None], c[None]))):
        assert_ulp(actual, case.reference, max_ulp=0)
    text = failure((out, (h[None], nudged(c, (1, 3))[None])), case.reference, max_ulp=0)
    assert text.startswith("state_c is wrong first: at step 6, unit 3, sequence 1 it is 1 ulp of")


def test_sequences_without_a_batch_and_cells_without_c():
    layer = SimpleRNN(2).bind(kernel="1/3", recurrent_kernel="1/5", bias=0)
    reference = layer.reference([1, -2, 3], dtype="float64")
    out = reference.sequence_out
    assert_ulp((out, reference.state_h), reference, max_ulp=0)
    assert_ulp(out[None], reference, max_ulp=0)
    text = failure(nudged(out, (1, 0)), reference, max_ulp=0)
    assert "at step 2, unit 0 it is 1 ulp of float64" in text
    with pytest.raises(
        SymlstmError, match="tuple of 3, and the reference has sequence_out, state_h"
    ):
        assert_ulp((out, out[-1], out[-1]), reference, max_ulp=0)
    scalar = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0).reference([1, 1])
    assert_ulp((scalar.sequence_out, scalar.state_h, scalar.state_c), scalar, max_ulp=0)
    wrong = {"state_c": np.float32(scalar.state_c + 1)}
    assert failure(wrong, scalar, max_ulp=0).startswith(
        "state_c is wrong first: at step 2, unit 0 "
    )


def test_references_can_be_arrays(truth):
    out, c = truth["sequence_out"], truth["state_c"]
    text = failure(nudged(out, (0, 1, 2), 4), out, max_ulp=3)
    assert text.startswith(
        "sequence_out is wrong first: at step 2, unit 2, sequence 0 it is 4 ulps"
    )
    text = failure({"state_c": c + 1}, {"sequence_out": out, "state_c": c}, max_ulp=3)
    assert text.startswith("state_c is wrong first: at the last step, unit 0, sequence 0")
    rough = (out.view(np.uint32) & 0xFFFF0000).view(np.float32)
    assert_ulp(rough, rough, max_ulp=0, dtype="bfloat16")
    with pytest.raises(NumberError, match="sequence_out has float32 numbers that are no bfloat16"):
        assert_ulp(out, rough, max_ulp=0, dtype="bfloat16")


def test_no_number_is_wrong_whatever_the_limit_short_of_infinity(case, truth):
    wrong = np.array(truth["sequence_out"])
    wrong[0, 2, 1] = np.nan
    text = failure(wrong, case.reference, max_ulp=1e30)
    assert "it is inf ulps of" in text
    assert "  actual     nan" in text


def test_gates_that_are_not_decided_are_no_second_failure():
    """f is a sum of tenths that lies between two floats, and is multiplied by zero."""
    cell = LSTM(1, 3, recurrent_activation="linear", use_bias=False)
    kernel = {gate: [[1], [0], [0]] for gate in ("i", "c", "o")}
    layer = cell.bind(kernel={**kernel, "f": 1}, recurrent_kernel=0)
    reference = layer.reference([["0.1", "0.2", Fraction(7, 10) + Fraction(1, 2**24)]])
    with pytest.raises(PrecisionError):
        assert_ulp({"f": np.float32([[0]])}, reference, max_ulp=1)
    text = failure(reference.sequence_out * np.float32(2), reference, max_ulp=1)
    assert "  f        not decided\n" in text
    assert "  o        0.1\n" in text


def test_what_cannot_be_compared_is_one_error(case, truth):
    out, reference = truth["sequence_out"], case.reference
    for limit in (-1, float("nan"), "4", None):
        with pytest.raises(SymlstmError, match=f"max_ulp is {limit!r}; give zero or more"):
            assert_ulp(out, reference, max_ulp=limit)
    with pytest.raises(SymlstmError, match="no 'ctilde'; did you mean 'c_tilde'"):
        assert_ulp({"ctilde": out}, reference, max_ulp=1)
    with pytest.raises(ShapeError, match=r"sequence_out has shape \(2, 6, 3\), and its reference"):
        assert_ulp(out[..., :3], reference, max_ulp=1)
    with pytest.raises(NumberError, match="sequence_out has numbers of type float64"):
        assert_ulp(out.astype(float), reference, max_ulp=1)
    with pytest.raises(SymlstmError, match="leave it out"):
        assert_ulp(out, reference, max_ulp=1, dtype="float64")
    with pytest.raises(SymlstmError, match="reference has numbers of type int64"):
        assert_ulp(out, [[1]], max_ulp=1)
    for nothing in ({}, ()):
        with pytest.raises(SymlstmError, match="actual has no values"):
            assert_ulp(nothing, reference, max_ulp=1)
    with pytest.raises(SymlstmError, match="reference has no values"):
        assert_ulp({}, {}, max_ulp=1)
    with pytest.raises(ShapeError, match=r"shape \(0, 3, 4\); give \(batch, T, units\)"):
        assert_ulp(out[:0, :3], out[:0, :3], max_ulp=1)


def test_cells_with_peepholes_have_their_own_equations():
    layer = PeepholeLSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0, peephole="1/2")
    reference = layer.reference([1, 1])
    text = failure({"o": np.float32(reference["o"] * 2)}, reference, max_ulp=1)
    assert "o_t = σ(W_o x_t + U_o h_{t-1} + p_o ⊙ c_t + b_o)" in text


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_cases_are_of_their_format_and_the_same_each_time(dtype):
    case, again = (random_case(dtype=dtype, seed=5, initial_state=True) for _ in range(2))
    arrays = (case.inputs, case.kernel, case.recurrent_kernel, case.bias, *case.initial_state)
    others = (again.inputs, again.kernel, again.recurrent_kernel, again.bias, *again.initial_state)
    for array, other in zip(arrays, others, strict=True):
        assert_ulp(array.reshape(1, 1, -1), other.reshape(1, 1, -1), max_ulp=0, dtype=dtype)
        assert np.any(array != 0)
    assert not np.any(random_case(dtype=dtype).initial_state)
    assert case.layer.kernel.astype(float).tolist() == case.kernel.tolist()


def test_options_that_are_none_are_named():
    with pytest.raises(
        SymlstmError, match="no option 'recurent_activation' of a random case; did you mean"
    ):
        random_case(recurent_activation="linear")
    with pytest.raises(SymlstmError, match="batch is 0"):
        random_case(batch=0)
    case = random_case(use_bias=False, steps=1)
    with pytest.raises(SymlstmError, match="no bias"):
        _ = case.bias


OWN_LSTM = """
import numpy as np
import pytest

def lstm(case, gate=lambda z: 1 / (1 + np.exp(-z))):
    h, c = case.initial_state
    out = []
    for x in case.inputs.swapaxes(0, 1):
        i, f, g, o = np.split(x @ case.kernel + h @ case.recurrent_kernel + case.bias, 4, axis=-1)
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
        out.append(h)
    return np.stack(out, axis=1), h, c

def test_usual(lstm_case, assert_ulp):
    lstm_case.assert_ulp(lstm(lstm_case), max_ulp=64)
    assert_ulp(lstm(lstm_case), lstm_case.reference, max_ulp=64)

@pytest.mark.lstm_case(units=2, steps=3, seed=7, recurrent_activation="hard_sigmoid")
def test_marked(lstm_case):
    assert lstm_case.inputs.shape == (2, 3, 3)
    hard = lambda z: np.clip(z / 6 + np.float32(0.5), 0, 1)
    lstm_case.assert_ulp(lstm(lstm_case, hard), max_ulp=64)

@pytest.mark.lstm_case(seed=1)
def test_wrong(lstm_case):
    lstm_case.bias[4:8] += 1
    lstm_case.assert_ulp(lstm(lstm_case), max_ulp=64)

@pytest.mark.lstm_case(unit=1)
def test_misspelt(lstm_case):
    pass

def test_of_another_shape(lstm_case, assert_ulp):
    lstm_case.assert_right(lstm_case.reference.sequence_out.swapaxes(0, 1))

def test_of_another_shape_in_ulps(lstm_case, assert_ulp):
    assert_ulp(lstm_case.reference.sequence_out[:, -1], lstm_case.reference, max_ulp=1)
"""


def test_someones_own_lstm_is_tested_with_the_fixture(pytester):
    pytester.makepyfile(OWN_LSTM)
    result = pytester.runpytest_subprocess("--strict-markers", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=2, failed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*there is no option 'unit' of a random case; did you mean 'units'*",
            "*sequence_out is wrong first: at step 2, unit *",
            "*ShapeError: *it would fit with time and batch exchanged*",
            "*ShapeError: *it would fit as the last step alone*",
        ]
    )
    for own in ("deviation", "fitting", "assertion", "lstm_case", "pytest_plugin"):
        result.stdout.no_fnmatch_line(f"*{own}.py*")


def test_the_marker_and_the_fixture_are_listed(pytester):
    listed = pytester.runpytest_subprocess("--markers", "-p", "no:hypothesispytest")
    for name in ("layer_case", "lstm_case"):
        listed.stdout.fnmatch_lines([f"@pytest.mark.{name}(units=4, input_dim=3, steps=10,*"])


def test_pytest_tells_the_shapes_and_options_of_a_case(pytester):
    shown = pytester.runpytest_subprocess("--fixtures", "-p", "no:hypothesispytest").stdout.str()
    shown = shown[shown.index("layer_case --") :].partition("lstm_case --")[0]
    for word in (
        "(batch, T, input_dim)",
        "batch",
        "None for one sequence",
        "cell=GRU(4, 3)",
    ):
        assert word in shown
    for option in signature(random_case).parameters:
        assert option == "cell_options" or option in shown


@pytest.mark.parametrize("name", ["GRU", "IndRNN", "GRUAfter", "Mean", "TwoStates", "Deep"])
@pytest.mark.parametrize("batch", [None, 2])
def test_a_case_may_be_of_a_cell_of_your_own(name, batch):
    cell = getattr(own_cells, name)(3, 2)
    case = random_case(cell=cell, batch=batch, steps=4, initial_state=True)
    shape = (4,) if batch is None else (batch, 4)
    assert case.inputs.shape == (*shape, 2)
    assert case.reference.sequence_out.shape == (*shape, 3)
    assert [state.shape for state in case.initial_state] == [(*shape[:-1], 3)] * len(cell.states)
    case.assert_right(case.reference.sequence_out)
