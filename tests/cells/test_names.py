"""What cells may call their quantities."""

import re
from typing import ClassVar

import pytest

from symlstm import Cell, Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply, scale
from symlstm.errors import CellError


def own(define, **options):
    class Own(Cell):
        parameters: ClassVar = {**Cell.parameters, "rate": "eta"}

        def define(self):
            return define(self)

    return Own(1, activation="linear", use_bias=False, **options)


def weighted(cell, name, state):
    return add(multiply(cell.W(name), cell.x), multiply(cell.U(name), state.previous))


def barred(cell):
    h_bar, h = cell.vector("h_bar"), cell.vector("h")
    return Equation(h_bar, weighted(cell, "a", h)), Equation(h, hadamard(h_bar, h_bar))


def delta(cell):
    delta_h, h = cell.vector("delta_h"), cell.vector("h")
    z = add(delta_h, scale("1/2", h.previous))
    return Equation(delta_h, multiply(cell.W(), cell.x)), Equation(h, cell.phi(z))


def twice(cell):
    z, h = cell.vector("z_h"), cell.vector("h")
    return Equation(z, weighted(cell, "", h)), Equation(h, hadamard(cell.phi(scale(2, z)), z))


def same(cell):
    i, j = cell.vector("i"), cell.vector("i_2")
    two = add(cell.phi(multiply(cell.W("a"), cell.x)), cell.phi(multiply(cell.U("b"), i.previous)))
    return Equation(i, two), Equation(j, cell.phi(multiply(cell.W("c"), cell.x)))


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (barred, "h_bar is what the gradient by h is called; choose another name"),
        (delta, "delta_h is what the gradient by z_h is called"),
        (twice, "two quantities are called z_h"),
        (same, "two quantities are called z_i_2"),
    ],
)
def test_names_that_the_backward_pass_needs_are_refused(define, message):
    with pytest.raises(CellError, match=message):
        own(define)


@pytest.mark.parametrize(
    "name", ["h 1", "a%", "a&b", "a_", "_a", "a__b", "1a", "a^1", "α", "a\\b", ""]
)
def test_a_name_is_what_every_page_can_show(name):
    def named(cell):
        return (Equation(cell.vector(name), cell.phi(multiply(cell.W(), cell.x))),)

    with pytest.raises(CellError, match=f"^{re.escape(repr(name))} is no name of a quantity"):
        own(named)


def stacking(cell):
    stack, h = cell.vector("stack_1"), cell.vector("h")
    one = add(multiply(cell.W("h"), cell.x), multiply(cell.U("h"), h.previous))
    other = add(multiply(cell.U("c"), stack), multiply(cell.U("g"), h.previous))
    right = hadamard(cell.phi(one), cell.phi(other))
    return Equation(stack, cell.phi(multiply(cell.W("s"), cell.x))), Equation(h, right)


def test_names_of_helpers_are_none_of_a_cell():
    layer = own(stacking).bind(kernel="1/2", recurrent_kernel="1/3")
    exact, floats = (layer.run([1, 2, 3], algebra=one).backward() for one in ("exact", "float"))
    assert [float(exact[name]) for name in layer.cell.weights] == pytest.approx(
        [floats[name] for name in layer.cell.weights]
    )
    assert floats["stack_1"] == pytest.approx([float(one) for one in exact["stack_1"]])


def jordan(cell):
    s, y = cell.vector("s"), cell.vector("y")
    return Equation(s, weighted(cell, "s", y)), Equation(y, hadamard(s, s))


def test_an_output_may_be_called_y():
    layer = own(jordan).bind(kernel=1, recurrent_kernel=1)
    training = layer.fit([[1, 1]], [10], loss="half_squared_error", learning_rate="1/10")
    assert training.losses == [(4 - 10) ** 2 // 2]
    assert training.layer["W_s"] * 10 == 10 + (10 - 4) * (2 * 2 * 1 + 2 * 2 * 2 * 1)


def decayed(cell):
    h = cell.vector("h")
    return (Equation(h, add(multiply(cell.W(), cell.x), hadamard(Quantity("eta", 1), h.previous))),)


def test_a_weight_may_be_called_eta():
    layer = own(decayed).bind(kernel=1, rate=3)
    options = {"loss": "half_squared_error", "learning_rate": "1/2"}
    assert layer.fit([[1, 2]], [5], **options).layer["eta"] == 3
    assert layer.fit([[1, 2]], [7], **options).layer["eta"] == 4


def test_a_state_may_be_called_j():
    def squared(name):
        def define(cell):
            j = cell.vector(name)
            return (Equation(j, add(hadamard(j.previous, j.previous), multiply(cell.W(), cell.x))),)

        return own(define).bind(kernel=1).run([1, 2, 3]).state_jacobian(name)

    assert [squared("J")[t] for t in (1, 2, 3)] == [squared("c")[t] for t in (1, 2, 3)] == [0, 2, 6]
