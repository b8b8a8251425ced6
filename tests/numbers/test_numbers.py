import decimal
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import sympy
from flint import fmpq, fmpz
from hypothesis import given
from hypothesis import strategies as st

from symlstm.errors import NumberError, ShapeError
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import rational, real, to_float, to_sympy
from symlstm.numbers.remembered import cached_property, remembered


def as_fraction(value):
    return Fraction(int(value.p), int(value.q))


@given(st.fractions())
def test_fractions_and_their_text_are_read_exactly(value):
    assert as_fraction(rational(value)) == as_fraction(rational(str(value))) == value
    assert to_sympy(rational(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_decimals_and_their_text_are_read_exactly(value):
    if abs(value.adjusted()) <= 10_000:
        assert as_fraction(rational(value)) == Fraction(value)
        assert rational(str(value)) == rational(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_bit_by_bit_and_come_back(value):
    assert as_fraction(rational(value)) == Fraction(value)
    assert to_float(rational(value)) == value


@given(st.fractions())
def test_the_nearest_float_is_pythons(value):
    assert to_float(rational(value)) == value.numerator / value.denominator


@pytest.mark.parametrize(
    "value",
    [3, np.int8(3), np.float16(3), np.longdouble(3), fmpz(3), fmpq(3), sympy.Integer(3), " 3 ",
     "3.0", "3.", "30e-1", "6/2", "+6 / 2", ".3e1", decimal.Decimal("3.00"), sympy.Float(3)],
)  # fmt: skip
def test_every_kind_of_number_is_read(value):
    assert rational(value) == fmpq(3)


@pytest.mark.parametrize(
    "value",
    [True, np.True_, None, "", "x", "1//2", "1/0", "1/-2", "nan", "inf", float("nan"), "0x10",
     float("-inf"), decimal.Decimal("sNaN"), 1j, ".", "-", "1.5/2", "/2", "e5", "1e",
     "__import__('os')", "１", "1_000", sympy.pi, sympy.oo, object()],
)  # fmt: skip
def test_what_is_no_number_is_named(value):
    with pytest.raises(NumberError, match=r"weight is .* no finite number"):
        rational(value, argument="weight")


@pytest.mark.parametrize("value", ["1e10001", decimal.Decimal("1e999999"), "1e-999999999"])
def test_exponents_that_would_fill_the_memory_are_refused(value):
    with pytest.raises(NumberError, match=r"weight is .*, beyond 10\^±10000"):
        rational(value, argument="weight")


def test_the_error_names_the_place():
    with pytest.raises(NumberError, match=r"bias\[1\]\[0\] is 'a'"):
        rational_array([[1], ["a"]], argument="bias")


@pytest.mark.parametrize("ragged", [[[1], [1, 2]], [[1], 2], [1, [2]], [[[1]], [[1, 2]]]])
def test_ragged_rows_are_refused(ragged):
    with pytest.raises(ShapeError, match="inputs differ in length"):
        rational_array(ragged, argument="inputs")


def test_numbers_beyond_the_largest_float_are_infinite():
    assert to_float(rational("1e400")) == float("inf")
    assert to_float(rational("-1e400")) == float("-inf")
    assert to_float(rational("1e-400")) == 0


@pytest.mark.parametrize(
    ("text", "question"),
    [("0,9", 'decimal comma? then give "0.9"; give an integer'), ("-1,5e-3", '"-1.5e-3"'),
     ("0,5 ± 0,01", 'decimal comma? then give "0.5 ± 0.01"'), ("−1", 'minus sign? then give "-1"'),
     ("1⁄2", 'fraction? then give "1/2"')],
)  # fmt: skip
def test_what_is_a_number_but_for_a_character_is_asked_about(text, question):
    for read in (rational, real):
        with pytest.raises(NumberError) as caught:
            read(text, argument="bias")
        assert str(caught.value).startswith(f"bias is {text!r}, which is no finite number; is that")
        assert question in str(caught.value)


@given(st.decimals(-1000, 1000, places=3))
def test_what_is_asked_about_can_be_given(value):
    with pytest.raises(NumberError) as caught:
        rational(str(value).replace(".", ","))
    answer = str(caught.value).partition('then give "')[2].partition('"')[0]
    assert as_fraction(rational(answer)) == Fraction(value)


@pytest.mark.parametrize("text", ["1,234,567", "x,y", ",", "1/0,5", "1,1/0", "0,1e999999", b"0,9"])
def test_what_is_none_with_another_character_either_is_not_asked_about(text):
    with pytest.raises(NumberError, match="no finite number; give an integer"):
        rational(text)


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f4", "f8", "i1", "i8", "u8"])
def test_arrays_of_floats_are_what_their_bits_say(dtype):
    rng, kind = np.random.default_rng(2), np.dtype(dtype)
    bits = rng.integers(0, 256, size=4000 * kind.itemsize, dtype=np.uint8).view(kind)
    array = bits[np.isfinite(bits)][:600].reshape(20, 30)[::-2, 1:]
    read = rational_array(array)
    assert read.shape == array.shape
    for number, entry in zip(read.flat, array.flat, strict=True):
        assert type(number) is fmpq
        assert Fraction(int(number.p), int(number.q)) == Fraction(entry.item())
    with pytest.raises(ValueError, match="read-only"):
        read[0, 0] = 1


def test_a_float_that_is_no_number_is_found_in_an_array():
    array = np.ones((2, 2))
    array[1, 0] = np.nan
    with pytest.raises(NumberError, match=r"x\[1\]\[0\] is .*nan.*, which is no finite number"):
        rational_array(array, argument="x")
    with pytest.raises(NumberError, match=r"x\[0\] is "):
        rational_array(np.array([True]), argument="x")


def test_what_was_found_of_an_array_is_forgotten_with_it():
    asked = []
    total = remembered(lambda array: asked.append(1) or float(array.sum()))
    for number in range(50):  # at the same places in memory, one after the other
        array = np.full(3, float(number))
        assert total(array) == 3 * number
        array.setflags(write=False)
        assert total(array) == total(array) == 3 * number
    assert len(asked) == 100


def test_what_was_found_of_several_arrays_is_forgotten_with_any_of_them():
    asked = []
    total = remembered(lambda *arrays: asked.append(1) or float(sum(map(np.sum, arrays))))
    kept = np.ones(3)
    kept.setflags(write=False)
    for number in range(50):
        other = np.full(3, float(number))
        assert total(kept, other) == total(kept, other) == 3 + 3 * number
        other.setflags(write=False)
        assert total(kept, other) == total(kept, other) == total(other, kept) == 3 + 3 * number
    assert len(asked) == 200


class Asked:
    """An object with a property that lets another thread do something meanwhile."""

    def __init__(self, meanwhile=lambda: None):
        self.meanwhile = meanwhile

    @cached_property
    def found(self):
        self.meanwhile()
        return object()


def test_nobody_waits_for_what_is_computed_of_another_object():
    with ThreadPoolExecutor(1) as thread:
        asked = Asked(lambda: thread.submit(lambda: Asked().found).result(timeout=60))
        assert asked.found is asked.found
