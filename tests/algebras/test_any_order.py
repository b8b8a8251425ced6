"""Bounds of a run in any format hold for runs of which nobody says how they sum."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symlstm import LSTM
from symlstm.algebras.any_order import AnyOrderAlgebra, arithmetic_of
from symlstm.equations.activations import activation
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.floats import FORMATS, normal


def algebra(dtype="float32", **options):
    return AnyOrderAlgebra(FORMATS[dtype], **options)


def numbers(balls):
    """The middles and the radii of exported values."""
    pairs = [(float(ball.mid()), float(ball.rad())) for ball in balls.flat]
    return (np.array(part).reshape(balls.shape) for part in zip(*pairs, strict=True))


@pytest.mark.parametrize("alike", [False, True])
@given(seed=st.integers(0, 2**32 - 1), terms=st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_a_sum_of_products_is_within_its_bound_in_any_order(alike, seed, terms):
    rng = np.random.default_rng(seed)
    row, column = (normal(rng, (terms,), FORMATS["float32"]) for _ in range(2))
    if alike:
        row, column = np.full_like(row, 0.1), np.full_like(column, 0.3)
    here = algebra()
    matrix, vector = (
        here.convert(rational_array(row[None])),
        here.convert(rational_array(column[:, None])),
    )
    (value,), (bound,) = (part[0] for part in numbers(here.export(here.multiply(matrix, vector))))
    true = sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(row, column, strict=True))
    assert abs(Fraction(value) - true) <= Fraction(bound)
    for _ in range(3):
        total = np.float32(0)
        for k in rng.permutation(terms):
            total = total + row[k] * column[k]
        assert abs(Fraction(float(total)) - true) <= Fraction(bound)
    assert bound <= terms * 2.0**-23 * float(abs(row) @ abs(column)) + 1e-30


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@given(value=st.floats(-30, 30), radius=st.floats(0, 0.5))
def test_a_function_of_a_library_is_held_to_its_ulps(name, value, radius):
    here = algebra()
    argument = here.convert(rational_array([[np.float32(value)]]))
    argument.box[...] = radius
    with here.context():
        result = here.apply(activation(name), argument)
    exact = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[name]
    middle = float(np.float32(value))
    for moved in (middle - radius, middle + radius):
        assert abs(exact(moved) - result.value) <= result.radius
    if radius == 0:
        assert result.radius <= 8.001 * 2.0**-24 * abs(result.value) + 2e-38


def test_what_a_format_does_not_hold_is_rounded_on_the_way_in():
    exact, rounded = ([[0.5]], [["1/3"]])
    assert algebra().convert(rational_array(exact)).radius == 0
    assert 0 < algebra().convert(rational_array(rounded)).radius <= 2.0**-25
    assert 0 < algebra("float64").convert(rational_array(rounded)).radius <= 2.0**-54
    assert algebra("float64").convert(rational_array([[0.1]])).radius == 0


def test_what_overflows_has_no_bound():
    here = algebra("float16")
    large = here.convert(rational_array([[60000]]))
    assert np.isinf(here.add(large, large).settled(here.arithmetic).radius)


def test_errors_that_are_told_apart_do_not_grow_as_their_sizes_do():
    rng = np.random.default_rng(0)
    cell = LSTM(32, 8)

    def draw(*shape):
        return rng.normal(size=shape).astype(np.float32) / np.float32(6)

    layer = cell.bind(kernel=draw(8, 128), recurrent_kernel=draw(32, 128), bias=draw(128))
    given_ = layer.given(rng.normal(size=(40, 8)).astype(np.float32), None, None, None)
    apart = given_.run(algebra(carried=cell.states)).sequence_out
    boxed = given_.run(algebra()).sequence_out
    (_, narrow), (_, wide) = numbers(apart), numbers(boxed)
    assert narrow[0].max() == pytest.approx(wide[0].max(), rel=1e-3)
    assert narrow[-1].max() < 1e-3
    assert not wide[-1].max() < 100 * narrow[-1].max()


def test_subnormal_numbers_may_be_zero():
    assert arithmetic_of(FORMATS["float32"]).smallest == 2.0**-126
    assert arithmetic_of(FORMATS["float16"]).smallest == 2.0**-24
