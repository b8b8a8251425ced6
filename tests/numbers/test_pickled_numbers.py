"""Balls and matrices that are pickled and copied: nothing of them is rounded."""

import copy
import pickle

import pytest
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from hypothesis import example, given
from hypothesis import strategies as st
from parts import bits, parts

from symlstm.numbers import pickling
from symlstm.numbers.exact import Interval, real

COPIES = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
FAR = 2**70
"""Beyond exponents that fit a word."""

exponents = st.integers(-200, 200) | st.integers(-FAR, FAR)
numbers = st.tuples(st.integers(-(2**300), 2**300) | st.integers(-9, 9), exponents)
radii = st.tuples(st.integers(0, 9) | st.integers(2**28, 2**31) | st.integers(0, 2**90), exponents)
NOT_FINITE = [float("nan"), float("inf"), float("-inf")]
balls = st.builds(
    # FLINT rounds these radii up in two ways, so that all there are can come of them.
    lambda middle, radius, kind: arb(arb(middle), kind(radius)),
    numbers | st.sampled_from(NOT_FINITE),
    radii | st.just(float("inf")),
    st.sampled_from([arb, lambda radius: radius]),
)


@pytest.mark.parametrize("copied", COPIES)
@given(ball=balls, precision=st.integers(2, 400))
@example(ball=arb((3, 0), (2**30 - 1, 0)), precision=53)
@example(ball=arb((3, 0), (2**30 - 2, 0)), precision=53)
@example(ball=arb((3, 0), arb((2**29, 0))), precision=53)
@example(ball=arb((3, 0), (1, 0)), precision=53)
@example(ball=arb(0), precision=53)
def test_a_ball_comes_back_bit_for_bit(copied, ball, precision):
    with ctx.workprec(precision):
        again = copied(ball)
        assert ctx.prec == precision
    assert bits(again) == bits(ball)


@given(mantissa=st.integers(2**29, 2**30 - 1), exponent=exponents)
@example(mantissa=2**29, exponent=0)
@example(mantissa=2**29 + 1, exponent=0)
@example(mantissa=2**30 - 1, exponent=0)
def test_every_radius_of_30_bits_can_be_made(mantissa, exponent):
    radius = arb((mantissa, exponent))
    assert pickling.ball((1, 0), pickling._exact(radius)).rad() == radius


@given(middle=numbers, radius=st.tuples(st.integers(1, 2**90), exponents))
def test_a_radius_that_is_not_kept_is_made_larger(middle, radius):
    made = pickling.ball(middle, radius)
    assert made.mid() == arb(middle)
    assert made.rad() >= arb(radius)


@pytest.mark.parametrize("wrong", [(1, -9), (3, 0), (0, 0)])
def test_no_ball_becomes_smaller_where_radii_are_rounded_otherwise(wrong, monkeypatch):
    monkeypatch.setattr(pickling, "_before_rounding", lambda radius: wrong)
    made = pickling.ball((5, 0), (2**29 + 1, -29))
    assert made.mid() == 5
    assert 0 < made.rad() - arb((2**29 + 1, -29)) < arb((1, -28))


@pytest.mark.parametrize("copied", COPIES)
@given(data=st.data(), shape=st.tuples(st.integers(0, 3), st.integers(0, 3)), exact=st.booleans())
def test_a_matrix_comes_back_entry_by_entry(copied, data, shape, exact):
    kind, entries = (
        (fmpq_mat, st.builds(fmpq, st.integers(), st.integers(1, 2**80)))
        if exact
        else (arb_mat, balls)
    )
    count = shape[0] * shape[1]
    matrix = kind(*shape, data.draw(st.lists(entries, min_size=count, max_size=count)))
    with ctx.workprec(10):
        again = copied(matrix)
    assert again is not matrix
    assert parts(again) == parts(matrix)


def test_what_a_ball_is_read_as_pickles_too():
    known = real(arb(3, 1))
    assert isinstance(known, Interval)
    assert pickle.loads(pickle.dumps(known)) == copy.deepcopy(known) == known
