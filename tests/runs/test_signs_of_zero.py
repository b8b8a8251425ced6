"""References that are zero: with the sign of the true value, in whatever order they are asked for.

A ball around zero says nothing of its sign, and exact arithmetic or a smaller ball does.
"""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, Network, SimpleRNN
from symlstm.errors import PrecisionError
from symlstm.numbers.floats import FORMATS
from symlstm.numbers.rounding import nearest_float

NUMBERS = ["0", "1", "-1", "1/3", "-1/3", "0.1", "0.2", "-0.3", "3", "1e-9", "-1e-9"]
NUMBERS += ["1e-30", "-1e-30", "1e-200", "-1e-200", str(Fraction(3) + Fraction(3, 2**11))]
"""Tenths that come to zero together, what a float16 has no room for, and halves between floats."""
ACTIVATIONS = ["linear", "relu", "hard_sigmoid", "leaky_relu", "tanh", "softsign"]
NAMES = ["state_h", "state_c", "sequence_out", "z_i", "z_c_tilde", "f", "c"]
SLOPES = ["kernel", "recurrent_kernel", "bias", "inputs", "initial_state"]

numbers = st.sampled_from(NUMBERS)


def bits(floats):
    """Return the bits of floats, of one or of several arrays."""
    if isinstance(floats, list):
        return [bits(one) for one in floats]
    array = np.asarray(floats)
    return array.view(f"u{array.dtype.itemsize}").tolist()


def asked(reference, question):
    """Return the bits of an answer, or that there is none."""
    subject, name = question
    try:
        known = reference if subject == "values" else gradients_of(reference)
        return bits(known[name] if name in ("z_i", "z_c_tilde", "f", "c") else getattr(known, name))
    except PrecisionError:
        return "undecided"


def gradients_of(reference):
    return reference.backward(grad_sequence="-1/3")


@st.composite
def references(draw):
    """Return a function that makes a new reference of a random layer each time."""
    units, gate = draw(st.integers(1, 2)), draw(st.sampled_from(ACTIVATIONS))
    cell = LSTM(units, 3, activation=draw(st.sampled_from(ACTIVATIONS)), recurrent_activation=gate)

    def array(*shape):
        count = int(np.prod(shape))
        flat = draw(st.lists(numbers, min_size=count, max_size=count))
        return np.array(flat, dtype=object).reshape(shape)

    layer = cell.bind(
        kernel=draw(st.just(1) | st.just(array(3, 4 * units))),
        recurrent_kernel=array(units, 4 * units),
        bias=draw(st.just(0) | st.just(array(4 * units))),
    )
    inputs = draw(st.just([["0.1", "0.2", "-0.3"]] * 2) | st.just(array(2, 3)))
    dtype = draw(st.sampled_from(["float16", "float16", "bfloat16", "float64"]))
    return lambda: layer.reference(inputs, dtype=dtype)


QUESTIONS = [("values", name) for name in NAMES] + [("gradients", name) for name in SLOPES]


@given(make=references(), order=st.permutations(QUESTIONS))
@settings(max_examples=30)
def test_an_answer_does_not_depend_on_what_was_asked_before(make, order):
    shared = make()
    found = {question: asked(shared, question) for question in order}
    assert found == {question: asked(make(), question) for question in order}
    assert found == {question: asked(shared, question) for question in order}


@given(weights=st.lists(numbers, min_size=6, max_size=6), data=st.data())
@settings(max_examples=30)
@pytest.mark.parametrize("name", ["linear", "tanh"])
def test_a_zero_has_the_sign_of_the_true_value(name, weights, data):
    """The last z is a sum of products, in Fractions, and tanh has the sign of its argument."""
    cell = SimpleRNN(2, 3, activation=name, use_bias=False)
    kernel = np.array(weights, dtype=object).reshape(3, 2)
    layer = cell.bind(kernel=kernel, recurrent_kernel=0)
    inputs = data.draw(st.lists(numbers, min_size=3, max_size=3))
    reference = layer.reference([inputs], dtype="float16")
    sums = [
        sum(Fraction(x) * Fraction(weight) for x, weight in zip(inputs, column, strict=True))
        for column in kernel.T
    ]
    assert np.signbit(reference.state_h).tolist() == [true < 0 for true in sums]
    if name == "linear":
        exact = [fmpq(true.numerator, true.denominator) for true in sums]
        nearest = [nearest_float(true, FORMATS["float16"]) for true in exact]
        assert bits(reference["z_h"][0]) == bits(np.float16(nearest))


def tenths(least, **options):
    """Return a new reference of 1/10 + 2/10 - 3/10 + ``least``, and of a tie in unit 1."""
    cell = SimpleRNN(2, 4, use_bias=False, **options)
    kernel = [[1, 0], [1, 0], [1, 0], [0, "1/3"]]
    rest = Fraction(-3, 10) + Fraction(least)
    inputs = [["0.1", "0.2", rest, 3 + Fraction(3, 2**11)]]
    return cell.bind(kernel=kernel, recurrent_kernel=0).reference(inputs, dtype="float16")


@pytest.mark.parametrize(
    ("least", "zero"),
    [("-1e-60", -0.0), ("1e-60", 0.0), ("0", 0.0), ("-1e-400", -0.0), ("-1e-9000", -0.0)],
)
def test_exact_arithmetic_knows_the_sign_in_all_orders(least, zero):
    """In unit 1 there is a number in the middle between two floats, which balls do not decide."""
    questions = {
        "state_h": lambda reference: reference.state_h,
        "the first z": lambda reference: reference["z_h"][0],
        "unit by unit": lambda reference: [unit[0] for unit in reference["h"].T],
    }
    for order in permutations(questions):
        reference = tenths(least, activation="linear")
        for question in order:
            assert bits(np.float16(questions[question](reference))) == bits(np.float16([zero, 1]))


@pytest.mark.parametrize(
    ("least", "zero"), [("-1e-60", -0.0), ("1e-60", 0.0), ("0", 0.0), ("-1e-1200", -0.0)]
)
def test_smaller_balls_know_it_where_there_are_no_exact_values(least, zero):
    alone = tenths(least, activation="tanh")
    before = tenths(least, activation="tanh")
    with pytest.raises(PrecisionError):
        _ = before["z_h"]
    for reference in (alone, before):
        assert bits(reference.state_h[0]) == bits(np.float16(zero))


def test_zeros_of_a_network_and_of_its_layers_are_the_same():
    cell = SimpleRNN(1, 1, activation="tanh", use_bias=False)
    below = SimpleRNN(1, 3, activation="tanh", use_bias=False).bind(kernel=1, recurrent_kernel=0)
    network = Network([[below], [cell.bind(kernel=-1, recurrent_kernel=0)]])
    inputs = [["0.1", "0.2", Fraction(-3, 10) + Fraction(1, 10**90)]]
    for first in (0, 1):
        reference = network.reference(inputs, dtype="float16")
        layers = [reference.layers[k].sequence_out for k in (first, 1 - first)]
        known = dict(zip((first, 1 - first), layers, strict=True))
        assert bits(known[0]) == bits(np.float16([[0.0]]))
        assert bits(known[1]) == bits(np.float16([[-0.0]])) == bits(reference.sequence_out)
