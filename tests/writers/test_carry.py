"""State Jacobians on a page: of long sequences, and of cells that scale or forget their state."""

import pytest

from symlstm import LSTM, Equation, SimpleRNN, hand_calculation
from symlstm.equations.expression import add, multiply, scale


class Falling(SimpleRNN):
    """Its state changes sides at every step, and doubles."""

    def define(self):
        weighted = multiply(self.W(), self.x), scale(-2, multiply(self.U(), self.h.previous))
        return (Equation(self.h, self.phi(add(*weighted))),)


class Late(SimpleRNN):
    """Its output is that of the step before, which is a state that forgets itself."""

    def define(self):
        c = self.vector("c")
        return (
            Equation(self.h, add(c.previous, multiply(self.U(), self.h.previous))),
            Equation(c, self.phi(multiply(self.W(), self.x))),
        )


def page(trace, state="h", **options):
    return " ".join(hand_calculation(trace, state_jacobian=state, **options).split())


@pytest.mark.slow
def test_the_jacobians_of_a_long_sequence_stand_one_after_the_other():
    """A product of two of them, and that with a third, and so on, is deeper than Python goes."""
    steps = 1050
    slopes = " ".join(f"U tanh'(z_{{h,{step}}})" for step in range(1, steps + 1))
    assert f"∂h_{steps}/∂h_0 = {slopes}" in page(SimpleRNN(1).unroll(steps))


def test_so_do_their_numbers():
    steps = 400
    cell = LSTM(1, activation=None, recurrent_activation="hard_sigmoid")
    layer = cell.bind(kernel=0, recurrent_kernel=0, bias={"i": 0, "f": 9, "c": 1, "o": 0})
    told = page(layer.run([1] * steps), "c", worked=False, closed_form_size=0)
    assert f" f_{steps} = {' · '.join(['1'] * steps)} = 1" in told
    assert f"dc_{steps}/dc_0 = 1 + 0 = 1" in told


def test_numbers_in_front_of_jacobians_stand_in_front_of_their_product():
    told = page(Falling(1, use_bias=False).unroll(3))
    assert "∂h_2/∂h_1 = -2 U tanh'(z_{h,2}) " in told
    assert "∂h_3/∂h_0 = -8 U tanh'(z_{h,1}) U tanh'(z_{h,2})" in told
    bound = Falling(1, activation=None, use_bias=False).bind(kernel=1, recurrent_kernel="1/2")
    assert "∂h_3/∂h_0 = -8 U U U = (-1) · (-1) · (-1) = -1" in page(bound.run([1] * 3))


def test_what_is_forgotten_is_zero_and_one_step_is_its_own_product():
    told = page(Late(1, use_bias=False).unroll(3), "c")
    assert "∂c_t/∂c_{t-1} = 0" in told
    assert "∂c_3/∂c_0 = 0" in told
    alone = page(SimpleRNN(1).unroll(1))
    assert alone.count("∂h_1/∂h_0 = U tanh'(z_{h,1})") == 2


def test_derivatives_of_vectors_are_transposed_and_those_of_numbers_are_not():
    assert "(∂h_1/∂h_0)ᵀ = Uᵀ diag(tanh'(z_{h,1}))" in page(SimpleRNN(2).unroll(1))
    alone = page(SimpleRNN(1).unroll(1))
    assert "ᵀ" not in alone
    assert "transposed" not in alone
