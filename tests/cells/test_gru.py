"""The GRU of the package against ones written by hand, in fractions, in mpmath and in SymPy."""

from fractions import Fraction
from random import Random

import mpmath
import numpy as np
import own_cells
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import FRACTION_ACTIVATIONS
from strategies import rationals

from symlstm import GRU, OnnxGRU, OnnxRNN, figure, hand_calculation
from symlstm.errors import CellError, NumberError

FORMS = [True, False]
RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
LINEAR = {"activation": "linear", "recurrent_activation": "linear"}


def by_hand(weights, inputs, h, sigma, phi, reset_after):
    """Return the outputs of Cho's GRU, or of Keras's, of lists of numbers of any kind."""
    units = range(len(h))

    def product(matrix, vector):
        return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]

    outputs = []
    for x in inputs:
        seen = {gate: product(weights[f"W_{gate}"], x) for gate in "zrh"}
        heard = {gate: product(weights[f"U_{gate}"], h) for gate in "zr"}
        z, r = (
            [sigma(seen[g][k] + heard[g][k] + weights[f"b_{g}"][k]) for k in units] for g in "zr"
        )
        if reset_after:
            own = product(weights["U_h"], h)
            own = [r[k] * (own[k] + weights["d_h"][k]) for k in units]
        else:
            own = product(weights["U_h"], [r[k] * h[k] for k in units])
        new = [phi(seen["h"][k] + own[k] + weights["b_h"][k]) for k in units]
        h = [z[k] * h[k] + (1 - z[k]) * new[k] for k in units]
        outputs.append(h)
    return outputs


def weights_of(cell, draw):
    """Return numbers for each weight of a cell, as the formulas have them."""
    shapes = {
        name: [int(size) for size in weight.shape][: 1 + (weight in cell.matrices)]
        for name, weight in cell.weights.items()
    }
    return {
        name: [draw() for _ in range(rows)]
        if not columns
        else [[draw() for _ in range(columns[0])] for _ in range(rows)]
        for name, (rows, *columns) in shapes.items()
    }


@pytest.mark.parametrize("reset_after", FORMS)
@given(data=st.data(), sigma=st.sampled_from(sorted(FRACTION_ACTIVATIONS)))
def test_it_is_the_cell_in_fractions(data, sigma, reset_after):
    cell = GRU(2, activation="hard_tanh", recurrent_activation=sigma, reset_after=reset_after)
    weights = weights_of(cell, lambda: data.draw(rationals))
    inputs = data.draw(st.lists(rationals, min_size=1, max_size=3))
    first = data.draw(rationals)
    trace = cell.bind(**weights).run(inputs, initial_state=[first])
    fractions = {
        name: [[Fraction(v) for v in row] if isinstance(row, list) else Fraction(row) for row in w]
        for name, w in weights.items()
    }
    functions = FRACTION_ACTIVATIONS[sigma], FRACTION_ACTIVATIONS["hard_tanh"]
    given_ = [[Fraction(x)] for x in inputs]
    expected = by_hand(fractions, given_, [Fraction(first)] * 2, *functions, reset_after)
    assert trace.sequence_out.tolist() == expected


@pytest.mark.parametrize("reset_after", FORMS)
def test_a_reference_is_the_true_value_rounded_once(reset_after):
    rng = np.random.default_rng(3)
    cell = GRU(3, 2, reset_after=reset_after)
    weights = weights_of(cell, lambda: float(rng.normal()))
    inputs = rng.normal(size=(5, 2))
    reference = cell.bind(**weights).reference(inputs, dtype="float64")
    with mpmath.workdps(60):
        true = by_hand(
            {name: _mpf(value) for name, value in weights.items()},
            _mpf(inputs.tolist()),
            [mpmath.mpf(0)] * 3,
            lambda z: 1 / (1 + mpmath.exp(-z)),
            mpmath.tanh,
            reset_after,
        )
        assert reference.sequence_out.tolist() == [[float(v) for v in h] for h in true]


def _mpf(value):
    return [_mpf(one) for one in value] if isinstance(value, list) else mpmath.mpf(value)


@pytest.mark.parametrize("reset_after", FORMS)
def test_gradients_are_what_sympy_derives(reset_after):
    trace = GRU(1, reset_after=reset_after, **LINEAR).unroll(
        2, initial_state="symbolic", max_size=10**6
    )
    gradients = trace.backward()
    loss = trace[2].h
    # Polynomials that agree at such points are the same; to expand them takes a minute.
    random = Random(1)
    points = [{one: random.randrange(10**9) for one in loss.free_symbols} for _ in range(3)]
    for name in [*trace.cell.weights, "h_0", "x_1"]:
        base, _, step = name.rpartition("_")
        ours = gradients[int(step)][base] if step.isdecimal() else gradients[name]
        apart = ours - loss.diff(trace.cell.symbols(name))
        assert [apart.xreplace(point) for point in points] == [0, 0, 0], name


def test_the_two_forms_are_one_where_the_reset_gate_is_open():
    options = {"activation": "hard_tanh", "recurrent_activation": "linear"}
    weights = {"W": {"z": 1, "r": 0, "h": 2}, "U": {"z": "1/2", "r": 0, "h": "1/3"}}
    bias = {"z": 0, "r": 1, "h": "1/5"}
    before = GRU(2, reset_after=False, **options).bind(**weights, bias=bias)
    after = GRU(2, **options).bind(**weights, bias=bias, recurrent_bias=0)
    inputs = ["1/2", "-1/4", 1]
    assert (before.run(inputs).sequence_out == after.run(inputs).sequence_out).all()


def test_its_weights_stand_as_keras_has_them():
    layer = GRU(2, 3).bind(kernel=1, recurrent_kernel=2, bias={"z": 1, "r": 2, "h": 3}, d_h=[4, 5])
    assert layer.bias.tolist() == [1, 1, 2, 2, 3, 3]
    assert layer.recurrent_bias.tolist() == [4, 5]
    assert layer.kernel.shape == (3, 6)
    assert [w.name for w in layer.cell.groups["recurrent_kernel"]] == ["U_z", "U_r", "U_h"]
    gradients = layer.run([[1, 0, 1]], algebra="float").backward()
    assert gradients.recurrent_bias.shape == (2,)
    assert list(GRU(1, use_bias=False).groups) == ["kernel", "recurrent_kernel"]
    assert list(GRU(1, reset_after=False).groups) == ["kernel", "recurrent_kernel", "bias"]
    with pytest.raises(CellError, match="reset_after is 1; give True or False"):
        GRU(1, reset_after=1)


@pytest.mark.parametrize("reset_after", FORMS)
def test_documents_and_figures_have_its_words_and_its_one_minus_z(reset_after):
    cell = GRU(1, reset_after=reset_after, **RATIONAL)
    layer = cell.bind(**dict.fromkeys(cell.groups, "1/2"))
    page = hand_calculation(layer.run([1, 2]).backward(), "terminal")
    assert "h_t = z_t · h_{t-1} + (1 - z_t) · h̃_t" in page
    assert "δ_{h̃,t} = h̄_t · (1 - z_t) · tanh_hard'(z_{h̃,t})" in page
    drawn = figure(cell).svg()
    for word in ("update", "reset"):
        assert f">{word}<" in drawn


def test_training_moves_every_weight():
    cell = GRU(1, **RATIONAL)
    layer = cell.bind(kernel="1/2", recurrent_kernel="1/3", bias=0, recurrent_bias="1/4")
    options = {"loss": "half_squared_error", "learning_rate": 1}
    trained = layer.fit([[1, "1/2"]], [1], **options).layer
    assert all(trained[name] != layer[name] for name in cell.weights)


def test_onnx_has_a_clip_on_what_the_gates_are_given():
    cell = OnnxGRU(1, clip="1/2", **LINEAR)
    layer = cell.bind(kernel={"z": 4, "r": -4, "h": 4}, recurrent_kernel=0, bias=0)
    trace = layer.run([1])
    assert [trace[1][name] for name in ("z", "r", "h_tilde")] == [
        Fraction(1, 2), Fraction(-1, 2), Fraction(1, 2)
    ]  # fmt: skip
    plain = OnnxRNN(1, activation="linear", clip=3)
    assert plain.bind(kernel=4, recurrent_kernel=0, bias=0).run([2]).state_h == 3
    assert OnnxGRU(1).equations == GRU(1, reset_after=False).equations
    with pytest.raises(NumberError, match="clip is nan"):
        OnnxRNN(1, clip=float("nan"))


def test_its_equations_are_those_that_a_user_writes():
    assert own_cells.GRU(2, 3).equations == GRU(2, 3, reset_after=False).equations
