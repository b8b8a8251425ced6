"""The vocabulary beside sums and products: every operation, in every algebra, there and back."""

from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from components import required
from hypothesis import given
from hypothesis import strategies as st

from symlstm import GatedCell, SimpleRNN, figure, hand_calculation
from symlstm.equations import (
    Equation,
    Quantity,
    absolute,
    add,
    divide,
    exp,
    hadamard,
    log,
    maximum,
    mean,
    multiply,
    reciprocal_root,
    softmax,
    square,
    square_root,
    summed,
    t,
)
from symlstm.errors import NotExactError, NumberError
from symlstm.testing import assert_right


@dataclass(frozen=True, repr=False)
class EveryOperation(GatedCell):
    """All of them, in no sensible order."""

    def define(self):
        a, n, m, y, h = map(self.vector, ("a", "n", "m", "y", "h"))
        mu = Quantity("mu", 1, time=t)
        return (
            Equation(a, self.weighted("a")),
            Equation(mu, mean(a)),
            Equation(n, hadamard(reciprocal_root(add(mean(square(a - mu)), "1/100")), a - mu)),
            Equation(m, maximum(n, m.previous)),
            Equation(y, divide(exp(n - m), 1 + square(m)) + log(1 + exp(m))),
            Equation(
                h,
                hadamard(1 - softmax(y), self.phi(absolute(y)))
                + square_root(1 + square(n))
                + divide(n, 3 + summed(square(m))),
            ),
        )


class Quotient(SimpleRNN):
    """The input over what was before it."""

    def define(self):
        return (Equation(self.h, divide(multiply(self.W(), self.x), 1 - self.h.previous)),)


@dataclass(frozen=True, repr=False)
class Rational(GatedCell):
    """Those that rational numbers stay rational under."""

    def define(self):
        a, h = map(self.vector, ("a", "h"))
        return (
            Equation(a, self.weighted("a")),
            Equation(h, divide(a - mean(a), 1 + summed(square(a))) + maximum(a, 0.5 * h.previous)),
        )


def drawn(cell, rng, steps=4):
    weights = {name: rng.normal(size=(w.shape[0], w.shape[1])) for name, w in cell.weights.items()}
    return cell.bind(**{n: w if n[0] != "b" else w[:, 0] for n, w in weights.items()}), rng.normal(
        size=(steps, cell.input_dim)
    )


def test_every_operation_and_its_gradient_are_those_of_torch():
    (torch,) = required("torch", "torch")
    cell, rng = EveryOperation(3, 2), np.random.default_rng(1)
    layer, inputs = drawn(cell, rng)
    incoming = rng.normal(size=(4, 3))
    given = {
        k: torch.tensor(np.array(w, float), requires_grad=True) for k, w in layer.weights.items()
    }
    x = torch.tensor(inputs, requires_grad=True)
    h = m = torch.zeros(3, dtype=torch.float64)
    outputs = []
    for now in x:
        a = given["W_a"] @ now + given["U_a"] @ h + given["b_a"][:, 0]
        n = (a - a.mean()) / torch.sqrt(((a - a.mean()) ** 2).mean() + 0.01)
        m = torch.maximum(n, m)
        y = torch.exp(n - m) / (1 + m**2) + torch.log(1 + torch.exp(m))
        h = (1 - torch.softmax(y, 0)) * torch.tanh(abs(y)) + torch.sqrt(1 + n**2)
        h = h + n / (3 + (m**2).sum())
        outputs.append(h)
    outputs = torch.stack(outputs)
    (outputs * torch.tensor(incoming)).sum().backward()
    trace = layer.run(inputs, algebra="float")
    np.testing.assert_allclose(trace.sequence_out, outputs.detach().numpy(), rtol=1e-13)
    gradients = trace.backward(grad_sequence=incoming)
    np.testing.assert_allclose(gradients.inputs, x.grad.numpy(), rtol=1e-11)
    for name, theirs in given.items():
        ours = np.asarray(gradients[name], dtype=float).reshape(theirs.shape)
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-11, err_msg=name)
    reference = layer.reference(inputs, dtype="float64")
    assert_right(outputs.detach().numpy(), reference)
    assert_right(
        {"inputs": x.grad.numpy(), "W_a": given["W_a"].grad.numpy()},
        reference.backward(grad_sequence=incoming),
    )
    wrong = outputs.detach().numpy().copy()
    wrong[2, 1] += 1e-12
    with pytest.raises(AssertionError, match="step 3, unit 1"):
        assert_right(wrong, reference)


def numbered(cell, layer, inputs):
    """Return the numbers of a run by their symbols."""
    numbers = {cell.symbols(f"x_{k}"): value for k, value in enumerate(inputs, start=1)}
    for name, weight in layer.weights.items():
        numbers |= dict(zip(np.ravel(cell.symbols(name)), weight.flat, strict=True))
    return numbers


def test_closed_forms_and_balls_agree():
    cell = EveryOperation(2)
    layer, inputs = cell.bind(W_a=[["1/2"], [-1]], U_a=[["1/3", 0], [1, 2]], b_a=0), [1, -2]
    balls = layer.run(inputs, algebra="ball", digits=20)
    closed, numbers = cell.unroll(2)[1].h, numbered(cell, layer, inputs)
    for ball, form in zip(balls[1].h, closed, strict=True):
        assert str(form.xreplace(numbers).evalf(30))[:18] == ball.str(20, radius=False)[:18]


def test_what_is_rational_stays_so_and_its_adjoint_is_what_sympy_differentiates():
    cell = Rational(2, activation=None, recurrent_activation=None)
    layer, inputs = cell.bind(W_a=[[1], [2]], U_a=[[1, 0], ["1/5", -1]], b_a=["1/2", 0]), [1, "2/3"]
    trace, unrolled = layer.run(inputs), cell.unroll(2)
    numbers = numbered(cell, layer, [sympy.Rational(value) for value in inputs])
    assert list(trace[2].h) == [form.xreplace(numbers) for form in unrolled[2].h]
    loss = 3 * unrolled[1].h[1] - unrolled[2].h[0] + 7 * unrolled[2].h[1]
    gradients = trace.backward(grad_sequence=[[0, 3], [-1, 7]])
    for name in ("W_a", "U_a", "b_a"):
        symbols = np.ravel(cell.symbols(name))
        theirs = [loss.diff(symbol).xreplace(numbers).doit() for symbol in symbols]
        assert list(np.ravel(gradients[name])) == theirs, name


@given(st.lists(st.integers(-72, 72).map(lambda k: Fraction(k, 8)), min_size=2, max_size=5))
def test_a_softmax_is_rounded_to_the_nearest_decimal(logits):
    cell = SimpleRNN(len(logits), activation="softmax", use_bias=False)
    run = cell.bind(kernel=[logits], recurrent_kernel=0).run([1], algebra="decimal", digits=12)
    with mpmath.workdps(40):
        exponentials = [mpmath.exp(mpmath.mpf(z.numerator) / z.denominator) for z in logits]
        for value, power in zip(run[1].h, exponentials, strict=True):
            exact = power / mpmath.fsum(exponentials)
            ulp = mpmath.mpf(10) ** (mpmath.floor(mpmath.log10(exact)) - 11)
            assert abs(mpmath.mpf(str(value)) - exact) <= ulp / 2


@pytest.mark.parametrize("activation", ["softmax", "log_softmax"])
def test_large_logits_neither_overflow_nor_lose_the_gradient(activation):
    (torch,) = required("torch", "torch")
    cell, logits = SimpleRNN(3, activation=activation, use_bias=False), [900.0, -900.0, 899.0]
    layer = cell.bind(kernel=[logits], recurrent_kernel=0)
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    value = getattr(torch, activation)(z, 0)
    (value * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    trace = layer.run([1], algebra="float")
    np.testing.assert_allclose(trace[1].h, value.detach().numpy(), rtol=1e-14)
    gradients = trace.backward(grad_sequence=[[1, 2, 3]])
    np.testing.assert_allclose(np.ravel(gradients["W"]), z.grad.numpy(), rtol=1e-13, atol=1e-300)
    assert_right(value.detach().numpy()[None], layer.reference([1], dtype="float64"))


def test_what_no_algebra_can_do_is_one_clear_error():
    cell = SimpleRNN(2, activation="softmax")
    with pytest.raises(NotExactError, match="softmax takes rational numbers to irrational ones"):
        cell.bind(kernel=1, recurrent_kernel=0, bias=0).run([1])
    cell = Quotient(1, activation=None)
    layer = cell.bind(kernel=1)
    with pytest.raises(NumberError, match="h at step 2 is a quotient by zero; give other numbers"):
        layer.run([1, 0])


def test_numbers_are_written_as_numbers():
    a, b = (Quantity(name, 3, time=t) for name in "ab")
    said = {
        "1 - a_t": 1 - a,
        "2 - a_t - b_t": 2 - a - b,
        "1 - a_t ⊙ b_t": 1 - hadamard(a, b),
        "1/2 a_t + 3": 0.5 * a + 3,
        "-a_t": -a,
        "a_t ⊘ (1 + b_t)": divide(a, 1 + b),
        "1 ⊘ a_t": divide(1, a),
        "a_t ⊙ b_t ⊘ (a_t ⊙ b_t)": divide(hadamard(a, b), hadamard(a, b)),
        "max(a_t, 0)": maximum(a, 0),
        "a_t - mean(a_t)": a - mean(a),
        "(sum(a_t²) + 1/100)^(-1/2)": reciprocal_root(summed(square(a)) + "0.01"),
    }
    assert [str(Equation(a, rhs)) for rhs in said.values()] == [f"a_t = {text}" for text in said]


def test_a_cell_of_all_of_it_is_drawn_and_told():
    cell = EveryOperation(2, 1)
    drawing = figure(cell).svg()
    assert all(f">{word}<" in drawing for word in ("max", "mean", "sum", "softmax", "⊘"))
    layer = cell.bind(W_a=[["1/2"], [-1]], U_a=[["1/3", 0], [1, 2]], b_a=0)
    page = hand_calculation(layer.run([1, -2], algebra="ball", digits=6))
    assert "softmax(z)_k = exp(z_k) / Σ_j exp(z_j)" in page
