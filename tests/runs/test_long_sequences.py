"""Sequences of thousands of steps: nothing goes as deep as they are long."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

from symlstm import LSTM, SimpleRNN, load

LONG = 1500
"""More steps than Python has calls within one another."""


@pytest.fixture(scope="module")
def halved():
    """A run in which every output is half the last one and the input."""
    layer = SimpleRNN(1, activation="linear", use_bias=False).bind(kernel=1, recurrent_kernel="1/2")
    return layer, layer.run([step % 7 for step in range(LONG)])


def sums():
    """Return the last output of that run, and how it depends on W, on U and on the first one."""
    h, by_weight, by_recurrent = Fraction(0), Fraction(0), Fraction(0)
    for step in range(LONG):
        by_weight = by_weight / 2 + step % 7
        by_recurrent = by_recurrent / 2 + h
        h = h / 2 + step % 7
    return h, by_weight, by_recurrent, Fraction(1, 2**LONG)


def test_values_and_gradients_are_those_of_a_loop(halved):
    _, trace = halved
    h, by_weight, by_recurrent, by_first = sums()
    gradients = trace.backward()
    assert (trace.state_h, trace["h"][-1], trace[LONG].h) == (h, h, h)
    assert (gradients["W"], gradients["U"]) == (by_weight, by_recurrent)
    assert (gradients.initial_state, gradients.inputs[0]) == ([by_first], 2 * by_first)
    assert trace.check().agrees
    assert gradients.check().agrees


def test_so_is_what_the_state_carries(halved):
    jacobian = halved[1].state_jacobian("h")
    assert jacobian.alone() == jacobian.total() == sums()[-1]
    assert jacobian.through_others() == 0
    assert pickle.loads(pickle.dumps(jacobian)).alone(LONG - 1) == Fraction(1, 2)


def test_so_are_references(halved):
    reference = halved[0].reference([step % 7 for step in range(LONG)], dtype="float64")
    h, by_weight, by_recurrent, _ = map(float, sums())
    assert reference.state_h == h
    gradients = reference.backward()
    assert (gradients["W"], gradients["U"]) == (by_weight, by_recurrent)


@pytest.mark.parametrize("algebra", ["float", "ball"])
def test_other_algebras_take_as_many_steps(algebra):
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=0, bias=0)
    trace = layer.run([1] * LONG, algebra=algebra, digits=9)
    gradients, jacobian = trace.backward(), trace.state_jacobian("c")
    forget = 1 / (1 + np.exp(-1))
    assert float(trace.state_c) == pytest.approx(forget / (1 - forget) * np.tanh(1))
    assert float(jacobian[LONG]) == pytest.approx(forget)
    assert float(jacobian.total(LONG - 2)) == pytest.approx(forget**2)
    assert np.isfinite(float(gradients["W_f"]))


@pytest.mark.slow
def test_symbolic_traces_and_gradients_pickle_and_copy():
    trace = SimpleRNN(2).unroll(1020)
    size = trace.size("h", 1020)
    gradients = SimpleRNN(1).unroll(1010).backward()
    for copied in (lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy):
        assert copied(trace).size("h", 1020) == size
        again = copied(gradients)
        assert again.adjoints.definitions == gradients.adjoints.definitions


@pytest.mark.parametrize("activation", ["tanh", "linear", "relu"])
def test_closed_forms_are_found_however_deep_they_are(activation):
    steps = 1100
    cell = SimpleRNN(1, activation=activation, use_bias=False)
    trace = cell.unroll(steps)
    closed = trace["h"]
    assert closed[-1] is trace[steps].h
    W, U, *inputs = cell.symbols(" ".join(["W", "U", *(f"x_{k + 1}" for k in range(steps))]))
    form = closed[-1]
    for step in range(steps, 2, -1):
        if activation != "linear":
            (form,) = form.args
        ahead, back = sympy.Add.make_args(form)
        ahead, back = (ahead, back) if ahead == W * inputs[step - 1] else (back, ahead)
        assert ahead == W * inputs[step - 1]
        form = next(part for part in back.args if part != U)
        assert form is closed[step - 2]
    for again in (pickle.loads(pickle.dumps(trace)), copy.deepcopy(trace)):
        assert again[3].h == closed[2]


def test_a_closed_form_has_the_value_that_is_run():
    cell = SimpleRNN(1, use_bias=False)
    W, U, *inputs = cell.symbols("W U x_1 x_2 x_3")
    given = {W: 2, U: "-1/2", **dict(zip(inputs, (1, -1, "1/2"), strict=True))}
    given = {name: sympy.Rational(value) for name, value in given.items()}
    found = cell.unroll(3)[3].h.subs(given).evalf()
    layer = cell.bind(kernel=2, recurrent_kernel="-1/2")
    assert float(found) == pytest.approx(layer.run([1, -1, "1/2"], algebra="float").state_h)
    assert cell.unroll(1, initial_state="zero")[0].h == 0


FILE = """
[cell]
units = 1
activation = "hard_tanh"
recurrent_activation = "hard_sigmoid"
[weights]
kernel = 1
recurrent_kernel = 0
bias = {{ i = 9, f = 9, c = 0, o = 9 }}
[run]
inputs = {inputs}
[document]
worked = false
closed_form_size = 0
state_jacobian = "c"
"""


def test_a_derivation_file_of_many_steps_is_written(tmp_path):
    path = tmp_path / "long.derivation.toml"
    path.write_text(FILE.format(inputs=[1] * 400), encoding="utf-8")
    page = load(path).write("latex")
    assert r"\frac{\partial c_{400}}{\partial c_0}" in page
