"""Gradients, against ways to get them that share no code with ours."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from components import missing
from every_cell import every_cell
from flint import arb, ctx, fmpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import fraction_lstm
from own_cells import GRU, Highway, TwoStates
from strategies import cases

from symlstm import LSTM, Network, PeepholeLSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.errors import CellError, NumberError, ShapeError

NAMES = ["W_i", "W_f", "W_c", "W_o", "U_i", "U_f", "U_c", "U_o", "b_i", "b_f", "b_c", "b_o"]
CELLS = [*every_cell(2, 2), *(kind(2, 2) for kind in (GRU, Highway, TwoStates))]
ARTICLE = {
    1: ([1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1], [3]),
    2: ([24, 2, 24, 22, 4, 2, 4, 6, 24, 2, 24, 22], [56, 16]),
    3: (
        [17602, 1573, 17602, 15678, 5018, 2431, 5018, 6942, 17602, 1573, 17602, 15678],
        [40339, 11453, 663],
    ),
}


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_gradients_of_the_articles_network(article, steps):
    gradients = article.run([1] * steps).backward()
    by_weights, by_inputs = ARTICLE[steps]
    assert [gradients[name] for name in NAMES] == by_weights
    assert gradients.inputs.tolist() == by_inputs
    assert gradients.kernel.tolist() == [by_weights[:4]]
    assert gradients.recurrent_kernel.tolist() == [by_weights[4:8]]
    assert gradients.bias.tolist() == by_weights[8:]


def test_the_cell_state_carries_its_gradient_back(article):
    """dc_3/dc_0 is 731; the product of the forget gates is 26 of it."""
    trace = article.run([1, 1, 1])
    gradients = trace.backward(grad_state_h=0, grad_state_c=1)
    assert gradients.initial_state[1] == gradients[0].c == 731
    assert np.prod(trace["f"]) == 26


@pytest.mark.parametrize(
    ("cell", "units", "steps"),
    [(LSTM, 1, 1), (LSTM, 1, 2), (LSTM, 1, 3), (LSTM, 2, 1), (PeepholeLSTM, 1, 2),
     (PeepholeLSTM, 2, 1)],
)  # fmt: skip
def test_symbolic_gradients_are_what_sympy_derives(cell, units, steps):
    """The adjoint equations against SymPy's diff of the closed form: equal at a rational point."""
    options = {"activation": "linear", "recurrent_activation": "linear"}
    trace = cell(units, **options).unroll(steps, initial_state="symbolic", max_size=10**6)
    gradients = trace.backward()
    loss = sum(np.ravel(trace[steps].h))
    point = {
        symbol: sympy.Rational(3 * k % 7 - 3, k % 4 + 1)
        for k, symbol in enumerate(sorted(loss.free_symbols, key=str), start=1)
    }
    for name in [*trace.cell.weights, "x_1", "h_0", "c_0"]:
        base, _, step = name.rpartition("_")
        ours = np.ravel(gradients[int(step)][base] if step.isdecimal() else gradients[name])
        for symbol, gradient in zip(np.ravel(trace.cell.symbols(name)), ours, strict=True):
            derived = loss.diff(symbol)
            assert gradient.xreplace(point) == derived.xreplace(point), symbol


def test_symbolic_gradients_know_sigmoid_and_tanh():
    trace = LSTM(1).unroll(2)
    gradients = trace.backward()
    numbers = {s: 0.1 * k for k, s in enumerate(sorted(trace[2].h.free_symbols, key=str), 1)}
    for name in ("W_i", "U_f", "b_o"):
        derived = trace[2].h.diff(trace.cell.symbols(name))
        assert float(gradients[name].subs(numbers)) == pytest.approx(float(derived.subs(numbers)))
    assert not any("bar" in str(symbol) for symbol in trace.definitions)


@given(cases(max_units=2, max_steps=2, activations=["linear", "relu", "hard_tanh", "hard_sigmoid"]))
@settings(max_examples=40)
def test_exact_gradients_are_the_slopes_of_an_lstm_in_fractions(case):
    """Central differences of a smooth function are off by the square of the step."""
    step = Fraction(1, 10**8)
    gradients = case.run().backward(grad_state_h=1, grad_state_c=1)
    kernel, recurrent, bias, *names = case._weights()
    options = {"peephole": case.peepholes, "state": tuple(map(list, case.state))}

    def loss(blocks):
        last = fraction_lstm(case.inputs, *blocks, *names, **options)[-1]
        return sum(last["h"]) + sum(last["c"])

    def slope(k, index):
        moved = []
        for sign in (1, -1):
            blocks = [kernel.copy(), recurrent.copy(), bias.copy()]
            blocks[k][index] += sign * step
            moved.append(loss(blocks))
        middle = loss([kernel, recurrent, bias])
        sides = (moved[0] - middle) / step, (middle - moved[1]) / step
        assume(abs(sides[0] - sides[1]) < Fraction(1, 10**6))  # no corner in between
        return (moved[0] - moved[1]) / (2 * step)

    stacked = gradients.kernel, gradients.recurrent_kernel, gradients.bias
    for k, ours in enumerate(stacked):
        index = tuple(size - 1 for size in ours.shape)
        scale = 1 + abs(Fraction(int(ours[index].p), int(ours[index].q)))
        difference = Fraction(int(ours[index].p), int(ours[index].q)) - slope(k, index)
        assert abs(difference) <= scale * Fraction(1, 10**6)


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_gradients_in_balls_are_the_slopes_of_the_output_in_balls(cell):
    """Central differences are off by the square of the step."""
    rng, step = np.random.default_rng(7), Fraction(1, 10**60)
    shapes = {name: np.shape(cell.stack(name, lambda w: np.zeros(w.shape))) for name in cell.groups}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    inputs, mask = rng.normal(size=(12, 2)), np.arange(12) % 5 != 3

    def last(**moved):
        layer = cell.bind(**{**weights, **moved})
        given = layer.run(inputs, mask=mask, algebra="float").given
        return sum(given.run(BallAlgebra(600))[12][cell.output.name])

    gradients = cell.bind(**weights).run(inputs, mask=mask, algebra="ball", digits=30).backward()
    for name, array in weights.items():
        index = tuple(size - 1 for size in array.shape)
        moved = [np.array(array, dtype=object) for _ in range(2)]
        for sign, one in zip((1, -1), moved, strict=True):
            one[index] = Fraction(one[index]) + sign * step
        with ctx.workprec(600):
            ends = [last(**{name: one}) for one in moved]
            slope = (ends[0] - ends[1]) / (2 * arb(fmpq(1, 10**60)))
            off = abs(slope - gradients[name][index])
            assert off < arb(10) ** -30 * (1 + abs(slope))


@pytest.mark.parametrize("network", [False, True])
def test_running_sums_of_balls_are_there_for_who_asks(network):
    layer = LSTM(2).bind(kernel="1/3", recurrent_kernel="-1/7", bias="0.1")
    trace = (Network([[layer]]) if network else layer).run([[1], ["1/2"], [-2]], algebra="ball")
    gradients = trace.backward().layers[0]
    with pytest.raises(CellError, match="step 2 has no 'W_bar_i'"):
        gradients.adjoints.entries("W_bar_i", 2)
    running = gradients.with_running_sums().adjoints
    for step in (1, 2, 3):
        later = running.entries("b_bar_f", step + 1) if step < 3 else np.zeros((2, 1))
        added = running.entries("b_bar_f", step) - later
        delta = gradients.adjoints.entries("delta_f", step)
        assert all(one.overlaps(other) for one, other in zip(added.flat, delta.flat, strict=True))
    assert running.entries("W_bar_i", 1)[0, 0].overlaps(gradients["W_i"][0, 0])


def test_gradients_by_the_weights_of_many_steps_take_the_room_of_one():
    layer = LSTM(2).bind(kernel="1/3", recurrent_kernel="-1/7", bias="0.1")
    for algebra in ("ball", "float"):
        history = layer.run([[1]] * 9, algebra=algebra).backward().adjoints.histories[0]
        assert [step for step, values in history.items() if "U_bar_i" in values] == [1]


def test_gradients_of_a_batch_are_the_sum_over_it(article):
    batch = article.run([[[1], [2]], [[3], [-1]]]).backward()
    alone = [article.run(x).backward() for x in ([1, 2], [3, -1])]
    assert batch["W_i"].item() == sum(one["W_i"] for one in alone)
    assert batch["c"][:, :, 0].tolist() == [one["c"].tolist() for one in alone]


def test_gradients_by_the_sequence_add_up(article):
    trace = article.run([1, 2, 3])
    each = [trace.backward(grad_sequence=np.eye(3, dtype=int)[k])["W_f"] for k in range(3)]
    weights = [2, "1/3", -1]
    together = trace.backward(grad_sequence=weights)
    assert together["W_f"] == 2 * each[0] + Fraction(1, 3) * each[1] - each[2]
    assert trace.backward(grad_sequence=[0, 0, 1], grad_state_h=2)["W_f"] == 3 * each[2]


def test_steps_and_values_have_their_gradients(article):
    gradients = article.run([1, 1, 1]).backward()
    assert gradients[3].h == 1
    assert gradients[3].z_o == gradients["z_o"][2] == 247
    assert gradients["h"].tolist() == [gradients[t].h for t in (1, 2, 3)]
    assert gradients["kernel"].tolist() == gradients.kernel.tolist()
    assert repr(gradients[0]) == "AdjointStep(0: c=14443, h=40339)"
    assert repr(gradients[3]).startswith("AdjointStep(3: x=663, z_i=169, i=169, ")
    with pytest.raises(IndexError, match="no step 4"):
        gradients[4]
    with pytest.raises(AttributeError, match="no gradient by 'q'"):
        _ = gradients[1].q
    with pytest.raises(CellError, match="no weights 'peephole'"):
        gradients.stacked("peephole")


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ({"grad_state_h": [1, 2]}, ShapeError, r"grad_state_h has shape \(2,\); give a number"),
        ({"grad_sequence": [1]}, ShapeError, r"grad_sequence has shape \(1,\)"),
        ({"grad_state_c": "x"}, NumberError, "grad_state_c is 'x'"),
    ],
)
def test_gradients_from_outside_that_do_not_fit_are_named(article, seeds, error, message):
    with pytest.raises(error, match=message):
        article.run([1, 1, 1]).backward(**seeds)


def installed_torch():
    """Return PyTorch, which CI installs; elsewhere what needs it is skipped without."""
    try:
        import torch
    except ImportError:
        missing("PyTorch")
    return torch


@given(
    units=st.integers(1, 5), dim=st.integers(1, 4), steps=st.integers(1, 20), seed=st.integers(0)
)
@settings(max_examples=25)
def test_float_gradients_are_those_of_torchs_autograd(units, dim, steps, seed):
    torch = installed_torch()
    rng = np.random.default_rng(seed)
    kernel, recurrent = rng.normal(size=(dim, 4 * units)), rng.normal(size=(units, 4 * units))
    bias, inputs = rng.normal(size=4 * units), rng.normal(size=(steps, dim))
    by_output, by_c = rng.normal(size=(steps, units)), rng.normal(size=units)
    layer = LSTM(units, dim).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    ours = layer.run(inputs, algebra="float").backward(grad_sequence=by_output, grad_state_c=by_c)

    theirs = torch.nn.LSTM(dim, units, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(torch.tensor(kernel.T))
        theirs.weight_hh_l0.copy_(torch.tensor(recurrent.T))
        theirs.bias_ih_l0.copy_(torch.tensor(bias))
        theirs.bias_hh_l0.zero_()
    x = torch.tensor(inputs, requires_grad=True)
    output, (_, c) = theirs(x)
    (output * torch.tensor(by_output)).sum().add((c[0] * torch.tensor(by_c)).sum()).backward()
    for mine, other in [
        (ours.kernel, theirs.weight_ih_l0.grad.T),
        (ours.recurrent_kernel, theirs.weight_hh_l0.grad.T),
        (ours.bias, theirs.bias_ih_l0.grad),
        (ours.inputs, x.grad),
    ]:
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-9, atol=1e-11)
