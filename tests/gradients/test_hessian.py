"""Hessian-vector products, against SymPy's, PyTorch's, and differences of 120-digit gradients."""

from fractions import Fraction

import numpy as np
import own_cells
import pytest
import sympy
from components import required
from differences import STEP, Drawn, compared, random

from symlstm import GRU, LSTM, Cell, Dense, Equation, MinLSTM, from_torch, interval, losses
from symlstm.equations import (
    absolute,
    divide,
    exp,
    hadamard,
    log_softmax,
    maximum,
    mean,
    multiply,
    norm,
    square,
    square_root,
    subtract,
    summed,
)
from symlstm.equations.expression import add
from symlstm.errors import CellError, NotExactError, ShapeError


class Everything(Cell):
    """Uses the vocabulary: quotients, roots, maxima, and functions of the whole vector."""

    def define(self):
        g, s, n, h = map(self.vector, "gsnh")
        weighted = add(multiply(self.W("g"), self.x), multiply(self.U("g"), self.h.previous))
        inner = add(multiply(self.W("s"), self.x), self.b("s"))
        below = square_root(add(mean(square(weighted)), 1))
        return (
            Equation(g, divide(maximum(weighted, inner), below)),
            Equation(s, hadamard(log_softmax(inner), exp(g * -1))),
            Equation(n, norm(add(s, self.h.previous))),
            Equation(h, add(self.phi(n), absolute(subtract(s, summed(g))))),
        )


class Named(Cell):
    """Has something of the name that a tangent has."""

    def define(self):
        h_dot = self.vector("h_dot")
        z = add(multiply(self.W(), self.x), multiply(self.U(), self.h.previous), self.b())
        return (
            Equation(h_dot, subtract(self.phi(z), self.h.previous)),
            Equation(self.h, add(self.h.previous, h_dot * "1/2")),
        )


CELLS = {
    "LSTM": LSTM(2, 2),
    "GRU": GRU(2, 1),
    "everything": Everything(3, 2),
    "named": Named(2, 2),
    **{kind.__name__: kind(2, 2) for kind in own_cells.EVERY if kind is not own_cells.Alone},
}
SLOW = {"TwoStates", "GRUAfter", "Unused", "Linear", "Mean", "Highway"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in CELLS]
)
def test_any_cell_has_the_differences_of_its_gradients(name):
    drawn = Drawn(CELLS[name], seed=len(name))
    targets = np.arange(2 * 3 * drawn.cell.output_dim).reshape(2, 3, -1) / 8
    options = {"targets": targets, "loss": "half_squared_error", "algebra": "ball"}

    def gradients(moved, digits):
        layer, given = drawn.run(moved, digits=digits, **options)
        return layer.loss(**given).backward()

    product = drawn.product(gradients(0, 30))
    compared(product, gradients(STEP, 120), gradients(-STEP, 120), drawn.cell.weights)


@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"zero_output_for_mask": True}])
def test_masks_and_directions_of_time_are_those_of_the_gradients(options):
    drawn = Drawn(LSTM(1, 2), steps=4, seed=5, **options)
    mask = [[True, False, True, True], [False, False, False, False]]
    seeds = {"grad_sequence": "1/3", "seeds": {"c": {4: 2}}}

    def gradients(moved, digits):
        layer, given = drawn.run(moved, algebra="ball", digits=digits, mask=mask)
        return layer.run(**given).backward(**seeds)

    product = drawn.product(gradients(0, 30))
    compared(product, gradients(STEP, 120), gradients(-STEP, 120), drawn.cell.weights)
    assert np.ravel(product.inputs[1]).tolist() == [0] * 8


def test_a_sequence_without_steps_has_nothing_that_changes():
    drawn = Drawn(GRU(1), seed=2)
    layer, given = drawn.run(sequence_lens=[2, 0])
    product = drawn.product(layer.run(**given, algebra="float").backward())
    assert np.ravel(product.inputs[1]).tolist() == [0] * 3
    assert product.initial_state[0][1] == 0


def test_a_gru_and_its_references_are_those_of_torch():
    (torch,) = required("torch", "torch")
    torch.manual_seed(4)
    gru = torch.nn.GRU(2, 3, batch_first=True).double()
    x = torch.randn(1, 5, 2, dtype=torch.double, requires_grad=True)
    out, _ = gru(x)
    seeds, along = (torch.randn_like(out) for _ in range(2)), torch.randn_like(x)
    weights, _ = seeds
    gradients = torch.autograd.grad((out * weights).sum(), [x, gru.weight_hh_l0], create_graph=True)
    theirs = torch.autograd.grad((gradients[0] * along).sum(), [x, gru.weight_hh_l0])
    trace = from_torch(gru).reference(x.detach().numpy(), dtype="float64")
    product = trace.backward(grad_sequence=weights.numpy()).hessian_vector_product(
        inputs=along.numpy()
    )
    np.testing.assert_allclose(product.inputs, theirs[0].numpy(), rtol=1e-10, atol=1e-15)
    gates = np.split(theirs[1].numpy(), 3)  # r, z, n
    ours = np.concatenate([product["U_r"], product["U_z"], product["U_h"]])
    np.testing.assert_allclose(ours, np.concatenate(gates), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("steps", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_exact_products_are_what_sympy_has_for_the_hessian(steps):
    cell = LSTM(1, activation="linear", recurrent_activation="linear")
    loss = cell.unroll(steps, initial_state="symbolic", max_size=10**6)[steps].h ** 2 / 2
    symbols = sorted(loss.free_symbols, key=str)
    rng = np.random.default_rng(0)
    at, along = (
        {symbol: sympy.Rational(str(random(rng, ()).item())) for symbol in symbols}
        for _ in range(2)
    )
    hessian = sympy.hessian(loss, symbols).xreplace(at)
    true = dict(zip(map(str, symbols), hessian * sympy.Matrix(list(along.values())), strict=True))
    place, direction = ({str(s): v for s, v in one.items()} for one in (at, along))
    weights, directed = ({n: one[n] for n in cell.weights} for one in (place, direction))
    start, starting = ([one["h_0"], one["c_0"]] for one in (place, direction))
    xs = [f"x_{step}" for step in range(1, steps + 1)]
    inputs, moving = ([one[x] for x in xs] for one in (place, direction))
    trace = cell.bind(**weights).run(inputs, initial_state=start)
    gradients = trace.loss([0], loss="half_squared_error").backward()
    product = gradients.hessian_vector_product(directed, inputs=moving, initial_state=starting)
    assert {name: product[name] for name in cell.weights} == {n: true[n] for n in cell.weights}
    assert product.inputs.tolist() == [true[x] for x in xs]
    assert product.initial_state == [true["h_0"], true["c_0"]]
    assert [product[0].h, product[1].x] == [true["h_0"], true["x_1"]]


def test_symbolic_gradients_have_symbolic_products():
    cell = GRU(1, activation="linear", recurrent_activation="sigmoid")
    trace = cell.unroll(1, initial_state="symbolic")
    product = trace.backward().hessian_vector_product({"W_z": 2}, inputs=3)
    by_z, by_x, by_r = cell.symbols("W_z x_1 U_r")
    h = trace[1].h
    point = {s: sympy.Float(k) / 7 for k, s in enumerate(sorted(h.free_symbols, key=str), 1)}
    derived = 2 * h.diff(by_z).diff(by_r) + 3 * h.diff(by_x).diff(by_r)
    assert float(product["U_r"].xreplace(point)) == pytest.approx(float(derived.xreplace(point)))


def test_the_hessian_is_symmetric():
    drawn = Drawn(LSTM(2, 2, activation="softsign", recurrent_activation="hard_silu"), steps=2)
    layer, given = drawn.run()
    gradients = layer.run(**given).backward(grad_state_c=1)
    other = Drawn(drawn.cell, steps=2, seed=9).direction[0]

    def along(left, product):
        pairs = [(left[name], product[name]) for name in drawn.cell.weights]
        return sum(Fraction(str(a)) * Fraction(str(b))
                   for x, y in pairs for a, b in zip(x.flat, y.flat, strict=True))  # fmt: skip

    weights = drawn.direction[0]
    one, another = map(gradients.hessian_vector_product, (weights, other))
    assert along(other, one) == along(weights, another) != 0


def test_what_is_straight_between_corners_has_no_second_derivative():
    cell = own_cells.Mean(1, activation="relu", recurrent_activation="hard_sigmoid")
    gradients = cell.bind(kernel=1, recurrent_kernel=0, bias=9).run([1, 2]).backward()
    product = gradients.hessian_vector_product({"W_g": 1, "U_g": 1})
    assert not [one for one in product.equations if "''" in str(one)]
    assert (product.kernel.any(), product.inputs.any()) == (False, False)


def test_a_loss_of_ones_own_has_a_hessian():
    def quartic(output, target, L):
        yield L, summed(square(square(subtract(output, target))))

    layer = Dense(1).bind(kernel=3, bias=1)
    loss = layer.loss([2], [4], loss=losses.Loss(quartic))
    product = loss.backward().hessian_vector_product({"bias": 1})
    assert (product["W_y"], product["b_y"]) == (12 * 9 * 2, 12 * 9)


def test_intervals_and_letters_and_groups_are_directions():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    gradients = layer.run([1, 2], algebra="ball").backward()
    by_group = gradients.hessian_vector_product({"kernel": [[1, 0, 0, 2]]})
    by_letter = gradients.hessian_vector_product({"W": {"i": 1, "o": 2}})
    assert str(by_group.kernel) == str(by_letter.kernel)
    wide = gradients.hessian_vector_product({"W_i": interval(1, "1/9"), "W_o": 2})
    assert wide["U_f"].contains(by_group["U_f"])
    assert wide["U_f"].rad() > 1e-6


LAYER = LSTM(2, activation=None, recurrent_activation=None).bind(
    kernel=1, recurrent_kernel=0, bias=0
)
TRACE = LAYER.run([1, 2])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, CellError, "the direction is missing; give numbers"),
        ({"direction": {"W_q": 1}}, CellError, "has no weights 'W_q'; did you mean"),
        ({"direction": {"inputs": 1}}, CellError, "'inputs'; .*stands beside the direction"),
        ({"direction": {"W_i": 1, "W": 1}}, CellError, "W_i is given twice"),
        ({"direction": [1]}, CellError, r"direction is \[1\]; give numbers by weight"),
        ({"direction": {"W_i": [1, 2, 3]}}, ShapeError, "W_i has shape"),
        ({"direction": {"W_i": interval(1, 1)}}, NotExactError, "direction W_i has the interval"),
        ({"inputs": [1, 2, 3]}, ShapeError, r"inputs has shape \(3,\); give a number or shape"),
        ({"initial_state": [1]}, ShapeError, r"initial_state takes \[h, c\]"),
        ({"initial_state": [1, [1, 2, 3]]}, ShapeError, "initial_state c has shape"),
    ],
)
def test_what_does_not_fit_is_one_clear_error(given, error, message):
    with pytest.raises(error, match=message):
        TRACE.backward().hessian_vector_product(**given)


def test_nothing_is_computed_by_what_is_not_there():
    product = TRACE.backward().hessian_vector_product({"W_i": 1})
    with pytest.raises(CellError, match="there is no product by 'q'"):
        product["q"]
    with pytest.raises(AttributeError, match="there is no product by 'q'"):
        _ = product[1].q


@pytest.mark.parametrize("algebra", ["exact", "float", "ball"])
def test_a_mask_may_leave_out_the_last_step(algebra):
    cell = MinLSTM(units=2, activation=None, recurrent_activation=None)
    layer = cell.bind(**dict.fromkeys(cell.weights, "1/3"))
    shorter, whole = (
        layer.run(inputs, algebra=algebra, **masked).backward().hessian_vector_product({"W_h": 1})
        for inputs, masked in (([1, 2], {}), ([1, 2, 3], {"mask": [1, 1, 0]}))
    )
    assert list(map(float, shorter["W_f"].flat)) == list(map(float, whole["W_f"].flat))
