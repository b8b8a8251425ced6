"""Enclosures and references, against mpmath at 60 digits, rounded once."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM, SimpleRNN
from symlstm.algebras.ball import BallAlgebra
from symlstm.errors import PrecisionError, SymlstmError
from symlstm.numbers.exact import exactly
from symlstm.numbers.floats import FORMATS
from symlstm.numbers.rounding import decided, nearest_float

mp = mpmath.mp.clone()
mp.dps = 60


def mp_lstm(inputs, kernel, recurrent, bias):
    """Step an LSTM with sigmoid and tanh in mpmath; returns h and c of every step."""
    units = recurrent.shape[0]
    h = c = [mp.mpf(0)] * units
    steps = []
    for x in inputs:
        z = [
            mp.fdot(map(mp.mpf, x), map(mp.mpf, kernel[:, k]))
            + mp.fdot(h, map(mp.mpf, recurrent[:, k]))
            + mp.mpf(bias[k])
            for k in range(4 * units)
        ]
        i, f, o = (
            [1 / (1 + mp.exp(-value)) for value in z[g * units : (g + 1) * units]]
            for g in (0, 1, 3)
        )
        g = [mp.tanh(value) for value in z[2 * units : 3 * units]]
        c = [f[k] * c[k] + i[k] * g[k] for k in range(units)]
        h = [o[k] * mp.tanh(c[k]) for k in range(units)]
        steps.append((h, c))
    return steps


def fraction(value):
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def closest(true, dtype):
    """Return the float of a NumPy type that is closest to a fraction, by trying its neighbours."""
    with np.errstate(over="ignore"):
        start = dtype(float(true))
        tried = [start, np.nextafter(start, dtype(-np.inf)), np.nextafter(start, dtype(np.inf))]
    return min(filter(np.isfinite, tried), key=lambda value: abs(Fraction(float(value)) - true))


def random_case(seed):
    rng = np.random.default_rng(seed)
    units, dim, steps = (int(rng.integers(1, top)) for top in (4, 3, 6))
    shapes = (dim, 4 * units), (units, 4 * units), (4 * units,), (steps, dim)
    kernel, recurrent, bias, inputs = (rng.normal(size=shape) for shape in shapes)
    layer = LSTM(units, dim).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    return layer, inputs, mp_lstm(inputs, kernel, recurrent, bias)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_balls_enclose_the_true_values_and_are_small(seed):
    layer, inputs, steps = random_case(seed)
    trace = layer.run(inputs, algebra="ball", digits=30)
    for step, (h, c) in enumerate(steps, start=1):
        for ball, true in zip([*trace[step].h, *trace[step].c], [*h, *c], strict=True):
            middle, radius = exactly(ball.mid()), exactly(ball.rad())
            distance = abs(Fraction(int(middle.p), int(middle.q)) - fraction(true))
            assert distance <= Fraction(int(radius.p), int(radius.q)) + Fraction(1, 10**55)
            assert ball.rel_accuracy_bits() >= 30 * 3.32 or abs(true) < 1e-30
    assert ctx.prec == 53


@given(st.integers(0, 2**32), st.sampled_from([np.float64, np.float32, np.float16]))
@settings(max_examples=40)
def test_references_are_the_true_values_rounded_once(seed, dtype):
    layer, inputs, steps = random_case(seed)
    reference = layer.reference(inputs, dtype=dtype.__name__)
    outputs = [[closest(fraction(value), dtype) for value in h] for h, _ in steps]
    assert reference.sequence_out.dtype == dtype
    assert reference.sequence_out.tolist() == np.array(outputs).tolist()
    last = [closest(fraction(value), dtype) for value in steps[-1][1]]
    assert reference.state_c.tolist() == np.array(last).tolist()


@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_gradients_are_the_slopes_in_mpmath(seed):
    rng = np.random.default_rng(seed)
    kernel, recurrent, bias = rng.normal(size=(1, 4)), rng.normal(size=(1, 4)), rng.normal(size=4)
    inputs = rng.normal(size=(3, 1))
    layer = LSTM(1).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    gate = int(rng.integers(4))

    def output(weight):
        moved = np.array(kernel, dtype=object)
        moved[0, gate] = weight
        return mp_lstm(inputs, moved, recurrent, bias)[-1][0][0]

    slope = mp.diff(output, mp.mpf(kernel[0, gate]))
    reference = layer.reference(inputs, dtype="float64").backward()
    assert reference.kernel[0, gate] == closest(fraction(slope), np.float64)
    ball = layer.run(inputs, algebra="ball").backward().kernel[0, gate]
    assert abs(fraction(slope) - Fraction(float(ball))) < Fraction(1, 10**12)
    assert ball.rel_accuracy_bits() > 90


def test_cells_that_stay_rational_are_exact_and_ties_go_to_the_even():
    layer = SimpleRNN(1, activation="linear", use_bias=False).bind(kernel=1, recurrent_kernel=0)
    one, up = Fraction(1), Fraction(1, 2**24)
    reference = layer.reference([one + up, one + 3 * up, one + up + Fraction(1, 2**90), "1/3"])
    expected = [1, 1 + 2**-22, 1 + 2**-23, np.float32(1 / 3)]
    assert reference.sequence_out.tolist() == np.float32(expected).tolist()
    gradients = layer.reference([3, "1/3"]).backward(grad_sequence=["1/7", 1])
    assert gradients["W"] == closest(Fraction(3, 7) + Fraction(1, 3), np.float32)
    assert gradients.inputs.tolist() == [closest(Fraction(1, 7), np.float32), 1]
    assert gradients.initial_state == [0]


def test_batches_keep_their_layout_and_sums_are_rounded_once():
    layer = LSTM(2).bind(kernel="1/3", recurrent_kernel="-1/7", bias="0.1")
    batch = [[[1], ["1/2"]], [[-2], [3]]]
    reference = layer.reference(batch, dtype="bfloat16", initial_state=["1/9", 0])
    assert reference.sequence_out.shape == (2, 2, 2)
    assert reference.backward().kernel.shape == (1, 8)
    kernel = layer.reference(batch, dtype="float64").backward().kernel
    balls = layer.run(batch, algebra="ball", digits=40).backward().kernel
    assert [decided(ball, FORMATS["float64"]) for ball in balls.flat] == kernel.ravel().tolist()


def test_what_was_run_for_one_value_serves_the_others_and_changes_none():
    layer, inputs, _ = random_case(11)
    names = ["state_c", "sequence_out", "state_h"]
    reference = layer.reference(inputs, dtype="float64")
    known = {name: getattr(reference, name) for name in names}
    trace = reference.attempts.result()
    assert isinstance(trace.algebra, BallAlgebra)
    for name in names:
        alone = getattr(layer.reference(inputs, dtype="float64"), name)
        assert known[name].tolist() == alone.tolist() == getattr(reference, name).tolist()
    gradients = reference.backward()
    groups = ["kernel", "bias", "recurrent_kernel", "inputs"]
    for name in [*groups, *groups]:
        alone = getattr(layer.reference(inputs, dtype="float64").backward(), name)
        assert getattr(gradients, name).tolist() == alone.tolist()


def test_what_no_precision_decides_is_an_error():
    """0.1 + 0.2 - 0.3 is zero, and no enclosure of it says from which side.

    The forget gate is one half, then, and half of the cell state lies between two floats.
    """
    layer = LSTM(1, 3, use_bias=False).bind(kernel=1, recurrent_kernel=0)
    assert layer.reference([["0.1", "0.2", "-0.3"]]).state_c == 0
    between = 2 + Fraction(1, 2**23)
    with pytest.raises(PrecisionError, match="nearest to the last c is not decided, not at"):
        _ = layer.reference([["0.1", "0.2", "-0.3"]], initial_state=[0, between]).state_c
    trace = layer.run([["0.1", "0.2", "-0.3"]], algebra="ball")
    assert abs(trace.state_c) < arb("1e-59")
    kinked = LSTM(1, 3, activation="relu", use_bias=False).bind(kernel=1, recurrent_kernel=0)
    with pytest.raises(PrecisionError, match="is not known to 30 digits"):
        kinked.run([["0.1", "0.2", "-0.3"]], algebra="ball").backward()


def test_what_balls_cannot_do_is_refused(article):
    with pytest.raises(SymlstmError, match="dtype is 'float23'; did you mean 'float32'"):
        article.reference([1], dtype="float23")
    with pytest.raises(SymlstmError, match="digits is 0"):
        article.run([1], algebra="ball", digits=0)


@given(st.fractions(), st.integers(-1200, 1100))
def test_every_fraction_has_its_nearest_float64(value, exponent):
    true = value * Fraction(2) ** exponent
    try:
        expected = true.numerator / true.denominator
    except OverflowError:
        expected = float("inf") if true > 0 else float("-inf")
    assert nearest_float(fmpq(true.numerator, true.denominator), FORMATS["float64"]) == expected


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_bfloat16_is_the_upper_half_of_a_float32(value):
    (bits,) = np.array([value], dtype=np.float32).view(np.uint32)
    rounded = (int(bits) + 0x7FFF + ((int(bits) >> 16) & 1)) & 0xFFFF0000
    (expected,) = np.array([rounded], dtype=np.uint32).view(np.float32)
    true = Fraction(value)
    assert nearest_float(fmpq(true.numerator, true.denominator), FORMATS["bfloat16"]) == expected


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([np.float32, np.float16]))
def test_doubles_round_as_numpy_rounds_them(value, dtype):
    with np.errstate(over="ignore", under="ignore"):
        expected = float(dtype(value))
    true = Fraction(value)
    assert (
        nearest_float(fmpq(true.numerator, true.denominator), FORMATS[dtype.__name__]) == expected
    )
