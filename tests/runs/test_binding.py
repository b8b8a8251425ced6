"""Weights by the names that formulas have for them, in the orientation of the formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from own_cells import EVERY

from symlstm import LSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN
from symlstm.errors import CellError, NumberError, ShapeError

CELLS = [LSTM, PeepholeLSTM, ProjectedLSTM, SimpleRNN]
SQUARE = [[1, 2], [3, 4]]
RATIONAL = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}


def printed(cell, seed=0):
    """Return weights as they are printed: matrices, and lists for vectors."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.integers(-5, 6, weight.shape if weight in cell.matrices else weight.shape[0])
        for name, weight in cell.weights.items()
    }


@pytest.mark.parametrize("kind", CELLS)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_what_a_page_prints_is_what_its_name_means(kind, units, dim, seed):
    cell = kind(units, dim)
    weights = printed(cell, seed)
    layer = cell.bind(**weights)
    for name, array in weights.items():
        assert (np.ravel(layer[name]) == array.ravel()).all()
        assert layer.weights[name].shape == cell.weights[name].shape
    by_column = cell.bind(**layer.weights)
    assert all((by_column.weights[name] == layer.weights[name]).all() for name in cell.weights)


def test_a_matrix_multiplies_as_the_equation_says():
    cell = LSTM(2, 2, **RATIONAL)
    layer = cell.bind(W=dict.fromkeys("ifco", SQUARE), U=0, b={"i": [5, 6], "f": 0, "c": 0, "o": 0})
    assert layer.run([[1, 10]])[1].z_i.tolist() == [21 + 5, 43 + 6]


def test_letters_names_and_groups_go_together():
    cell = LSTM(2, 1, **RATIONAL)
    layer = cell.bind(W={"i": [[1], [2]], "f": 0, "c": 0, "o": 1}, U=1, b_i=1, b_f=2, b_c=3, b_o=4)
    other = cell.bind(
        kernel={"i": [[1, 2]], "f": 0, "c": 0},
        W_o=1,
        recurrent_kernel=1,
        bias=[1, 1, 2, 2, 3, 3, 4, 4],
    )
    assert all((layer.weights[name] == other.weights[name]).all() for name in cell.weights)


@pytest.mark.parametrize("kind", EVERY)
def test_cells_of_ones_own_have_their_names_too(kind):
    cell = kind(2, 2)
    weights = printed(cell)
    layer = cell.bind(**weights)
    assert all((np.ravel(layer[name]) == array.ravel()).all() for name, array in weights.items())


@pytest.mark.parametrize("group", ["kernel", "recurrent_kernel"])
def test_a_square_matrix_by_gate_is_refused_where_it_could_be_its_transpose(group):
    cell, letter = LSTM(2, 2), {"kernel": "W", "recurrent_kernel": "U"}[group]
    weights = {"kernel": 0, "recurrent_kernel": 0, "bias": 0}
    for gates in (dict.fromkeys("ifco", SQUARE), {"i": 1, "f": SQUARE, "c": 0, "o": 0}):
        with pytest.raises(CellError, match=rf"could be {letter}_[if] or, as Keras") as caught:
            cell.bind(**{**weights, group: gates})
        assert f"; give {letter}_" in str(caught.value)
        assert f"as one array, {group}=[...]" in str(caught.value)
    symmetric = [[1, 2], [2, "1/3"]]
    one = cell.bind(**{**weights, group: {"i": symmetric, "f": 1, "c": 0, "o": 0}})
    del weights[group]
    other = cell.bind(**weights, **{letter: {"i": symmetric, "f": 1, "c": 0, "o": 0}})
    assert (one.weights[f"{letter}_i"] == other.weights[f"{letter}_i"]).all()


def test_what_the_shape_decides_is_taken_by_gate():
    layer = LSTM(1, 1).bind(kernel={gate: [[3]] for gate in "ifco"}, recurrent_kernel=0, bias=0)
    assert layer["W_f"] == 3
    wide = LSTM(1, 2).bind(kernel={gate: [[3], [4]] for gate in "ifco"}, recurrent_kernel=0, bias=0)
    assert wide["W_f"].tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"W_i": 1, "kernel": 0}, CellError, "W_i is given twice, as W_i and as kernel; leave one"),
        ({"W": {"i": 1}, "W_i": 2}, CellError, "W_i is given twice, as W.i and as W_i"),
        ({"W": 0, "kernel": {"o": 1}}, CellError, "W_o is given twice, as W and as kernel.o"),
        ({"W_i": 1}, CellError, "W_f is missing; give it, as W_i is"),
        ({"W": {"i": 1}}, CellError, "W misses the gate 'f'; give it"),
        ({"W": {"g": 1}}, CellError, "W has no gate 'g'; 'g' is called 'c' here"),
        ({"W": {}}, CellError, "W misses the gate 'i'"),
        ({"W": np.ones((3, 8))}, ShapeError, r"W has shape \(3, 8\), and 4 gates; .* as kernel$"),
        ({"W_i": [1, 2], "W_f": 0, "W_c": 0, "W_o": 0}, ShapeError,
         r"W_i has shape \(2,\); give a number or shape \(2, 3\), as in the formulas$"),
        ({"W": {"i": np.ones((3, 2)), "f": 0, "c": 0, "o": 0}}, ShapeError,
         r"W.i has shape \(3, 2\).* \(2, 3\), as in the formulas; that is its transpose"),
        ({"W": 0, "U": 0, "b": {"i": [1], "f": 0, "c": 0, "o": 0}}, ShapeError, r"shape \(2,\)"),
        ({"W_i": {"x": 1}}, CellError, "W_i has no gates in LSTM"),
        ({"W": "x"}, NumberError, "W is 'x'"),
        ({"W": 0, "U": 0}, CellError, r"bias is missing; .*use_bias=False"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_named(weights, error, message):
    with pytest.raises(error, match=message):
        LSTM(2, 3).bind(**weights)


def test_a_cell_without_gates_has_its_letters_for_matrices():
    layer = SimpleRNN(2, 3).bind(W=[[1, 2, 3], [4, 5, 6]], U=SQUARE, b=[7, 8])
    assert layer.kernel.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert layer.recurrent_kernel.tolist() == [[1, 3], [2, 4]]
    with pytest.raises(CellError, match="W is given twice, as kernel and as W"):
        SimpleRNN(2, 3).bind(kernel=0, W=0, U=0, b=0)
