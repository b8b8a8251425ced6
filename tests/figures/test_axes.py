"""Axes: marks at round numbers, for numbers of any size."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import number

from symlstm.figures.axes import log_axis, nice, short, step_marks, value_axis
from symlstm.figures.panels import apart
from symlstm.figures.readings import Reading


def reading(values):
    array = np.array([values], dtype=float)
    with np.errstate(divide="ignore"):
        return Reading(array, np.log10(np.abs(array)))


numbers = st.lists(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda v: 0.0 if abs(v) < 1e-290 else v),
    min_size=1,
    max_size=20,
)


@given(numbers)
def test_numbers_are_on_their_axis_in_their_order(values):
    places = value_axis([reading(values)]).along(reading(values))[0]
    assert ((places >= -1e-9) & (places <= 1 + 1e-9)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(places[order]) >= -1e-9).all()


@given(numbers)
def test_marks_are_few_apart_and_say_where_they_are(values):
    axis = value_axis([reading(values)])
    assert 2 <= len(axis.marks) <= 14
    places = [axis.part(coordinate) for coordinate, _ in axis.marks]
    assert all(after - before > 0.07 for before, after in pairwise(places))
    if axis.kind == "linear":
        for coordinate, name in axis.marks:
            step = axis.marks[1][0] - axis.marks[0][0]
            assert number(name.plain) == pytest.approx(coordinate, abs=step / 100)


@given(st.lists(st.floats(-5000, 5000), min_size=1, max_size=9))
def test_a_logarithmic_axis_has_all_sizes(sizes):
    found = Reading(np.full((1, len(sizes)), np.inf), np.array([sizes]))
    axis = log_axis([found])
    places = axis.along(found)
    assert ((places >= 0) & (places <= 1)).all()
    assert 2 <= len(axis.marks) <= 7


@given(st.floats(1e-300, 1e300))
def test_nice_numbers_are_no_smaller_and_near(least):
    step = nice(least)
    assert least * (1 - 1e-8) <= step <= 2.6 * least
    digits = f"{step:.6e}"
    assert digits[0] in "125"
    assert float(digits.split("e", maxsplit=1)[0]) == int(digits[0])


@given(st.integers(0, 1), st.integers(0, 3000))
def test_time_steps_that_are_marked_are_round_and_few(first, more):
    marks = step_marks(first, first + more)
    assert 1 <= len(marks) <= 12
    assert all(first <= step <= first + more for step in marks)


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(1, 12))
def test_names_are_apart_in_order_and_inside_if_there_is_room(places, distance):
    found = apart(places, distance, -5, 105)
    ordered = [found[k] for k in sorted(range(len(places)), key=lambda k: places[k])]
    assert all(b - a >= distance - 1e-6 for a, b in pairwise(ordered))
    if len(places) * distance <= 110:
        assert all(-5 - 1e-6 <= place <= 105 + 1e-6 for place in found)


def test_names_that_are_apart_stay_where_they_are():
    assert apart([40, 10, 25], 12, 0, 50) == [40, 10, 25]


@pytest.mark.parametrize(
    ("value", "size", "plain"),
    [
        (0.0, -math.inf, "0"),
        (0.123456, math.log10(0.123456), "0.123"),
        (-12345.6, math.log10(12345.6), "−12346"),
        (1.5e-9, math.log10(1.5e-9), "1.5×10^{-9}"),
        (math.inf, 400.3, "2×10^{400}"),
        (-math.inf, 400.3, "−2×10^{400}"),
        (math.nan, math.nan, "no number"),
        (math.inf, math.inf, "no number"),
    ],
)
def test_numbers_are_spelled_in_short(value, size, plain):
    assert short(value, size).plain == plain
