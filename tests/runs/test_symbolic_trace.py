import numpy as np
import pytest
import sympy

from symlstm import LSTM
from symlstm.errors import CellError, NumberError, TooLargeError


def test_closed_forms_are_in_the_weights_and_inputs_alone():
    trace = LSTM(1, activation=None, recurrent_activation=None).unroll(2)
    W = dict(zip("ifco", LSTM(1).symbols("W_i W_f W_c W_o"), strict=True))
    U = dict(zip("ifco", LSTM(1).symbols("U_i U_f U_c U_o"), strict=True))
    b = dict(zip("ifco", LSTM(1).symbols("b_i b_f b_c b_o"), strict=True))
    x_1, x_2 = LSTM(1).symbols("x_1 x_2")
    c_1 = (W["i"] * x_1 + b["i"]) * (W["c"] * x_1 + b["c"])
    h_1 = (W["o"] * x_1 + b["o"]) * c_1
    gate = {g: W[g] * x_2 + U[g] * h_1 + b[g] for g in "ifco"}
    h_2 = gate["o"] * (gate["f"] * c_1 + gate["i"] * gate["c"])
    assert sympy.expand(trace[1].h - h_1) == 0
    assert sympy.expand(trace[2].h - h_2) == 0
    assert trace[2].h.free_symbols <= {*W.values(), *U.values(), *b.values(), x_1, x_2}


def test_expressions_can_be_used_as_sympy_uses_them():
    cell = LSTM(2)
    trace = cell.unroll(1)
    W_i, x_1 = cell.symbols("W_i x_1")
    h = trace[1].h[0]
    assert h.diff(W_i[0, 0]).has(x_1)
    assert h.diff(W_i[1, 0]) == 0
    symbols = sorted(h.free_symbols, key=str)
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=len(symbols))
    by_numpy = sympy.lambdify(symbols, h)(*numbers)
    by_sympy = h.subs(dict(zip(symbols, numbers, strict=True))).evalf()
    assert float(by_sympy) == pytest.approx(by_numpy, rel=1e-12)


def test_a_trace_says_what_it_is():
    assert repr(LSTM(1).unroll(2)) == "Trace(LSTM(units=1), 2 steps, symbolic)"


def test_the_initial_state_can_be_symbolic():
    trace = LSTM(1).unroll(1, initial_state="symbolic")
    assert {"h_0", "c_0"} <= {str(s) for s in trace[1].h.free_symbols}
    assert str(trace[0].c) == "c_0"
    assert LSTM(1).unroll(1)[0].c == 0


@pytest.mark.parametrize("step", [50, 200])
def test_a_closed_form_that_would_explode_is_refused(step):
    trace = LSTM(2).unroll(step)
    with pytest.raises(TooLargeError, match=r"h_\d+ in closed form has about 10\^\d+ nodes.*defin"):
        _ = trace[step].h


def test_sizes_are_those_of_the_trees():
    trace = LSTM(2).unroll(2)
    for name in ("z_i", "c", "h"):
        nodes = sum(1 for form in trace[2][name] for _ in sympy.preorder_traversal(form))
        # Building a sum or a product flattens it, so that a tree can be smaller than counted.
        assert nodes <= trace.size(name, 2) <= 1.2 * nodes


def test_more_can_be_allowed():
    with pytest.raises(TooLargeError, match="max_size=100"):
        _ = LSTM(1).unroll(2, max_size=100)[2].h
    assert LSTM(1).unroll(2, max_size=200)[2].h.has(sympy.tanh)


def test_definitions_are_the_program_in_order():
    trace = LSTM(1).unroll(2)
    seen = {str(s) for s in LSTM(1).symbols(" ".join(LSTM(1).weights))} | {"x_1", "x_2"}
    for symbol, definition in trace.definitions.items():
        assert {str(s) for s in definition.free_symbols} <= seen
        seen.add(str(symbol))
    assert len(trace.definitions) == 20


def test_a_trace_grows_linearly():
    """Counted, not timed: nodes of the program at T = 20 and T = 200."""
    sizes = {
        steps: sum(
            sum(1 for _ in sympy.preorder_traversal(d))
            for d in LSTM(2).unroll(steps).definitions.values()
        )
        for steps in (20, 200)
    }
    assert sizes[200] < 10.5 * sizes[20]


@pytest.mark.parametrize("value", [0, 1.5, True, "2"])
def test_counts_that_are_none_are_named(value):
    with pytest.raises(NumberError, match=r"steps is .*; give a whole number, 1 or more"):
        LSTM(1).unroll(value)
    with pytest.raises(NumberError, match=r"max_size is .*; give a whole number, 1 or more"):
        LSTM(1).unroll(1, max_size=value)


def test_an_unknown_initial_state_is_named():
    with pytest.raises(CellError, match="initial_state is 'one'"):
        LSTM(1).unroll(1, initial_state="one")
