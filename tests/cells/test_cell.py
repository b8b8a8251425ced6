import pickle
from fractions import Fraction
from inspect import signature

import numpy as np
import pytest
import sympy
from sympy import HadamardPower, MatMul, OneMatrix, ZeroMatrix

from symlstm import LSTM, Cell, Equation, PeepholeLSTM, SimpleRNN, hand_calculation
from symlstm.equations.expression import (
    Quantity,
    add,
    hadamard,
    multiply,
    scale,
    subtract,
    transpose,
)
from symlstm.equations.nodes import Diagonal
from symlstm.errors import CellError, NumberError

TEXTBOOK = [
    r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)",
    r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
    r"\tilde c_t = \tanh(W_c x_t + U_c h_{t-1} + b_c)",
    r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
    r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t",
    r"h_t = o_t \odot \tanh(c_t)",
]


@pytest.mark.parametrize("units", [1, 2])
def test_the_equations_print_as_textbooks_print_them(units):
    cell = LSTM(units, input_dim=3)
    assert [sympy.latex(equation) for equation in cell.equations] == TEXTBOOK
    assert cell.equations[0]._repr_latex_() == rf"$\displaystyle {TEXTBOOK[0]}$"
    assert str(cell.equations[4]) == "c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t"


def test_without_bias_there_is_none_in_the_equations():
    cell = LSTM(2, use_bias=False)
    assert str(cell.equations[0]) == "i_t = σ(W_i x_t + U_i h_{t-1})"
    assert list(cell.groups) == ["kernel", "recurrent_kernel"]


def test_preactivations_have_names():
    program = LSTM(2).program
    assert [e.lhs.name for e in program][:4] == ["z_i", "i", "z_f", "f"]
    assert sympy.latex(program[0]) == r"z_{i,t} = W_i x_t + U_i h_{t-1} + b_i"
    assert sympy.latex(program[4]) == r"z_{\tilde c,t} = W_c x_t + U_c h_{t-1} + b_c"
    assert str(program[1]) == "i_t = σ(z_{i,t})"


def test_a_cell_is_a_value():
    assert LSTM(np.int64(2)) == LSTM(2)
    assert LSTM(2, activation=None) == LSTM(2, activation="linear") != PeepholeLSTM(2)
    assert len({LSTM(2), LSTM(2), LSTM(3)}) == 2
    assert pickle.loads(pickle.dumps(LSTM(2))) == LSTM(2)
    assert repr(PeepholeLSTM(2)) == "PeepholeLSTM(units=2)"
    assert repr(LSTM(2, 3, use_bias=False)) == "LSTM(units=2, input_dim=3, use_bias=False)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": 0}, "units is 0; give a whole number"),
        ({"units": True}, "units is True"),
        ({"units": 2.0}, "units is 2.0"),
        ({"units": 1, "input_dim": -1}, "input_dim is -1"),
        ({"units": 1, "activation": "tahn"}, "activation is 'tahn'; did you mean 'tanh'"),
        ({"units": 1, "recurrent_activation": 3}, "recurrent_activation is 3"),
        ({"units": 1, "use_bias": "no"}, "use_bias is 'no'"),
    ],
)
def test_options_that_make_no_cell_are_named(options, message):
    with pytest.raises((CellError, NumberError), match=message):
        LSTM(**options)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (LSTM, {"proj_size": 3}, "LSTM has no option 'proj_size'; known: units, input_dim, activ"),
        (SimpleRNN, {"recurrent_activation": "tanh"}, "SimpleRNN has no option 'recurrent_act"),
        (PeepholeLSTM, {"unit": 2}, "PeepholeLSTM has no option 'unit'; did you mean 'units'"),
        (LSTM, {"hidden_size": 2}, "no option 'hidden_size'; 'hidden_size' is called 'units' here"),
        (LSTM, {"gate_activation": "tanh"}, "is called 'recurrent_activation' here; known: units"),
        (LSTM, {"W_i": 1}, "'W_i' is called 'kernel' here, which goes to bind; known: units"),
        (PeepholeLSTM, {"peephole": 1}, "no option 'peephole'; 'peephole' goes to bind; known"),
        (LSTM, {"x": 1}, "'x' is called 'inputs' here, which goes to run; known: units"),
        (LSTM, {"bias": False}, "'bias' goes to bind, and use_bias=False is for none; known"),
    ],
)
def test_an_option_that_a_class_does_not_have_is_named_with_those_it_has(kind, options, message):
    with pytest.raises(CellError, match=message) as caught:
        kind(**{"units": 2, **options})
    assert caught.value.argument == next(iter(options))


def test_what_is_given_by_place_or_is_missing_is_named_with_the_class():
    with pytest.raises(CellError, match=r"^LSTM: too many positional arguments; it takes units, "):
        LSTM(1, 2, "tanh")
    with pytest.raises(CellError, match=r"^SimpleRNN: missing a required argument: 'units'"):
        SimpleRNN(activation="relu")


def test_an_editor_shows_the_options():
    parameters = ["units", "input_dim", "activation", "use_bias"]
    assert list(signature(SimpleRNN).parameters) == parameters
    assert list(signature(LSTM).parameters) == [*parameters, "recurrent_activation", "forget_bias"]


def test_symbols_are_real_and_indexed():
    W_i, U_f, b_o, x_1, h_0 = LSTM(2, 3).symbols("W_i U_f, b_o x_1 h_0")
    assert [s.shape for s in (W_i, U_f, b_o, x_1, h_0)] == [(2, 3), (2, 2), (2,), (3,), (2,)]
    assert W_i[0, 1] == sympy.Symbol("W_i[0, 1]", real=True)
    assert LSTM(1).symbols("W_i").is_real
    assert LSTM(2).symbols("W_i")[1, 0].name == "W_i[1, 0]"


@pytest.mark.parametrize("names", ["W_q", "x", "x_0", "i_0", "h", "x_one", "x_01", "x_١", ""])
def test_symbols_that_are_not_there_are_named(names):
    with pytest.raises(CellError, match="symbol"):
        LSTM(1).symbols(names)


class Leaky(Cell):
    """A cell of a user's own: an exponential average, with a gate of its own."""

    def define(self):
        h = self.vector("h")
        rate = Quantity("W_r", self.units, self.input_dim)
        return (Equation(h, add(self.phi(multiply(rate, self.x)), h.previous)),)


def test_a_cell_of_ones_own_gets_everything():
    cell = Leaky(2, activation="relu")
    assert str(cell.equations[0]) == "h_t = relu(W_r x_t) + h_{t-1}"
    trace = cell.bind(kernel=[[1, -1]]).run([1, 2])
    assert trace["h"].tolist() == [[1, 0], [3, 0]]
    assert trace.check().agrees
    page = hand_calculation(trace, "terminal")
    assert "h_2 = relu(W_r x_2) + h_1 = relu([1; -1] · 2) + [1; 0]" in page
    assert "= relu([2; -2]) + [1; 0] = [2; 0] + [1; 0] = [3; 0]" in page
    for format_ in ("latex", "markdown"):
        assert r"\mathrm{relu}(W_r x_2) + h_1" in hand_calculation(trace, format_)
    assert str(cell.unroll(2)[1].h[0]) == "relu(W_r[0, 0]*x_1)"
    with pytest.raises(AttributeError, match="no 'c'"):
        _ = trace.state_c


def test_a_zero_can_stand_in_an_equation():
    class Constant(Cell):
        def define(self):
            h = self.vector("h")
            return (Equation(h, self.phi(self.b("h"))),)

    cell = Constant(2, activation="hard_sigmoid", use_bias=False)
    assert cell.bind().run([1])["h"].tolist() == [[Fraction(1, 2)] * 2]


def test_the_output_is_the_first_state():
    class Swapped(Cell):
        def define(self):
            h, c = self.vector("h"), self.vector("c")
            return (Equation(c, add(c.previous, h.previous)), Equation(h, hadamard(c, c)))

    trace = Swapped(1).bind().run([0], initial_state=[1, 2])
    assert (trace.state_h, trace.state_c) == (9, 3)


ONES = OneMatrix(2, 1)


def broken(equations):
    class Broken(Cell):
        def define(self):
            return equations(self, self.vector("h"), self.vector("g"))

    return lambda: Broken(2, input_dim=3)


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        (lambda cell, h, g: (Equation(h, g),), "g_t is not known yet"),
        (lambda cell, h, g: (Equation(h, g.previous),), "g_{t-1} is not known yet"),
        (lambda cell, h, g: (Equation(h, cell.x),), "shapes .* differ"),
        (lambda cell, h, g: (Equation(h.previous, h),), "new quantity at time t"),
        (lambda cell, h, g: (Equation(h, h.previous), Equation(h, h.previous)), "new quantity"),
        (lambda cell, h, g: (Equation(h, Quantity("q_i", 2)),), "q_i is in no group"),
        (lambda cell, h, g: (Equation(h, HadamardPower(h.previous, 2)),), "of h_t has .* in it"),
        (lambda cell, h, g: (Equation(h, MatMul(-1, h.previous)),), "of h_t has .* in it; build"),
        (lambda cell, h, g: (Equation(h, transpose(h.previous)),), "of h_t has .* in it"),
        (
            lambda cell, h, g: (Equation(h, multiply(Diagonal(cell.b("i")), h.previous)),),
            "has Diagonal",
        ),
        (
            lambda cell, h, g: (Equation(h, scale(Quantity("b_i", 1), h.previous)),),
            "scale by a number",
        ),
    ],
)
def test_equations_that_do_not_fit_together_are_refused(equations, message):
    with pytest.raises(CellError, match=message):
        broken(equations)()


@pytest.mark.parametrize(
    ("define", "message"),
    [
        (
            lambda cell: Equation(cell.vector("h"), cell.x),
            "Own: define returns no equations; return",
        ),
        (lambda cell: (), "return a tuple of them"),
        (lambda cell: (add(1, 2),), "add takes quantities, .* not 1"),
        (lambda cell: (subtract(cell.x, []),), r"subtract takes .* not \[\]"),
        (
            lambda cell: (add(cell.x, cell.vector("h")),),
            r"add: x_t has shape \(3, 1\), and h_t \(2",
        ),
        (lambda cell: (multiply(cell.U("i"), cell.x),), "U_i has 2 columns, and x_t 3 rows"),
        (lambda cell: (multiply(cell.U("i"), 1),), "multiply takes .* not 1"),
        (lambda cell: (scale(2, 3),), "scale takes .* not 3"),
        (lambda cell: (cell.phi(0),), "apply takes .* not 0"),
    ],
)
def test_definitions_that_are_none_are_refused(define, message):
    class Own(Cell):
        def define(self):
            return define(self)

    with pytest.raises(CellError, match=message):
        Own(2, input_dim=3)


def test_factors_are_pulled_to_the_front():
    a, b = Quantity("a", 2), Quantity("b", 2)
    assert hadamard(a, scale(-1, b)) == scale(-1, hadamard(a, b))
    assert multiply(Quantity("W", 3, 2), scale("1/2", a)).argument == multiply(
        Quantity("W", 3, 2), a
    )
    assert scale(2, scale("1/2", a)) == a
    with pytest.raises(NumberError, match=r"factor is .__import__"):
        scale("__import__('os').getcwd()", a)


def test_operations_keep_their_order_and_know_zero():
    a, b, c = (Quantity(name, 2) for name in "bca")
    zero = ZeroMatrix(2, 1)
    assert add(a, zero, b, c).args == (a, b, c)
    assert add(zero, a) == a
    assert add(zero, zero) == zero
    assert hadamard(a, zero) == zero
    assert multiply(Quantity("W", 3, 2), zero) == ZeroMatrix(3, 1)
    assert isinstance(multiply(Quantity("W", 3, 2), a), MatMul)
    assert np.array_equal(hadamard(b, a).args, (b, a))
