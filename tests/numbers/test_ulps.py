"""Distances in ulps, against walks along the floats and integers of Python's own."""

import struct
import subprocess
import sys

import numpy as np
import pytest
from components import missing
from hypothesis import given
from hypothesis import strategies as st

from symlstm.errors import NumberError, ShapeError, SymlstmError
from symlstm.numbers.ulps import ulp_distance

CODES = {"float64": ("<d", "<q"), "float32": ("<f", "<i"), "float16": ("<e", "<h")}
formats = st.sampled_from(sorted(CODES))


def position(value, dtype):
    """Where a float stands in the row of all floats: an integer, in Python's arithmetic."""
    float_code, integer_code = CODES["float32" if dtype == "bfloat16" else dtype]
    (bits,) = struct.unpack(integer_code, struct.pack(float_code, value))
    place = bits if bits >= 0 else -(bits + 2 ** (8 * struct.calcsize(integer_code) - 1))
    return int(place / 2**16) if dtype == "bfloat16" else place


def numbers(dtype):
    return st.floats(width=int(dtype.removeprefix("float")), allow_nan=False)


@given(st.data(), formats)
def test_distances_are_those_of_python_integers(data, dtype):
    first, second = data.draw(numbers(dtype)), data.draw(numbers(dtype))
    number = np.dtype(dtype).type
    expected = abs(position(first, dtype) - position(second, dtype))
    assert ulp_distance(number(first), number(second), dtype) == float(expected)
    assert ulp_distance(number(second), number(first), dtype) == float(expected)


@given(numbers("float32"), numbers("float32"))
def test_bfloat16_counts_its_own_numbers(first, second):
    cut = [
        (np.array([value], np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)
        for value in (first, second)
    ]
    expected = abs(position(cut[0][0], "bfloat16") - position(cut[1][0], "bfloat16"))
    assert ulp_distance(*cut, dtype="bfloat16") == float(expected)


def test_every_float16_stands_one_from_the_next():
    patterns = np.arange(2**16, dtype=np.uint16).view(np.float16)
    row = np.unique(patterns[~np.isnan(patterns)])  # sorted; -0 and +0 are one
    assert len(row) == 2 * (0x7C00 + 1) - 1
    assert np.all(ulp_distance(row[1:], row[:-1], "float16") == 1)
    start = np.full_like(row, row[0])
    assert np.array_equal(ulp_distance(row, start, "float16"), np.arange(len(row)))
    for pattern in patterns[::257]:
        expected = [
            np.inf
            if np.isnan(pattern)
            else abs(position(pattern, "float16") - position(v, "float16"))
            for v in row[::64]
        ]
        got = ulp_distance(row[::64], np.full_like(row[::64], pattern), "float16")
        assert got.tolist() == expected


def test_every_float16_that_is_no_number_is_infinitely_far_from_those_that_are():
    patterns = np.arange(2**16, dtype=np.uint16).view(np.float16)
    no_number = np.isnan(patterns)
    distance = ulp_distance(patterns, np.zeros_like(patterns), "float16")
    assert np.array_equal(np.isinf(distance), no_number)
    assert np.all(ulp_distance(patterns[no_number], patterns[no_number][::-1], "float16") == 0)


@given(st.data(), formats, st.integers(1, 200), st.booleans())
def test_a_walk_along_the_floats_is_as_long_as_it_is(data, dtype, steps, up):
    number = np.dtype(dtype).type
    start = end = number(data.draw(numbers(dtype)))
    towards = number(np.inf if up else -np.inf)
    walked = 0
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(steps):
            if end != towards:
                end, walked = np.nextafter(end, towards), walked + 1
    assert ulp_distance(end, start, dtype) == walked


@given(st.data(), formats)
def test_a_spacing_away_from_zero_is_one(data, dtype):
    number = np.dtype(dtype).type
    value = number(data.draw(numbers(dtype).filter(np.isfinite)))
    with np.errstate(over="ignore"):
        assert ulp_distance(value + np.spacing(value), value, dtype) == 1


@pytest.mark.parametrize("dtype", [*CODES, "bfloat16"])
def test_the_ends_of_the_row(dtype):
    number = np.float32 if dtype == "bfloat16" else np.dtype(dtype).type
    largest, smallest = np.finfo(number).max, np.finfo(number).smallest_subnormal
    if dtype == "bfloat16":
        largest, smallest = number(2.0**128 - 2.0**120), number(2.0**-133)
    infinity, no_number = number(np.inf), number(np.nan)
    pairs = {
        (infinity, largest): 1,
        (infinity, infinity): 0,
        (-smallest, smallest): 2,
        (number(0), number(-0.0)): 0,
        (number(-0.0), smallest): 1,
        (no_number, infinity): np.inf,
        (number(0), no_number): np.inf,
        (no_number, -no_number): 0,
    }
    for (actual, reference), expected in pairs.items():
        assert ulp_distance(actual, reference, dtype) == expected
    exponents = {"float64": 0x7FF << 52, "float32": 0xFF << 23, "float16": 0x1F << 10}
    all_of_it = 2 * exponents.get(dtype, 0xFF << 7)
    assert ulp_distance(infinity, -infinity, dtype) == float(all_of_it)


def test_shapes_are_kept_and_arrays_of_any_order_are_read():
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    other = np.nextafter(array, np.float32(99))
    assert ulp_distance(array.T, other.T).shape == (4, 3, 2)
    assert np.all(ulp_distance(array[:, ::2], other[:, ::2]) == 1)
    assert np.all(ulp_distance(array.astype(">f4"), other.astype("<f4")) == 1)
    assert ulp_distance(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_numbers_of_another_type_are_refused():
    single, double = np.float32([1]), np.float64([1])
    with pytest.raises(NumberError, match="actual has numbers of type float64, and float32 is"):
        ulp_distance(double, single)
    with pytest.raises(NumberError, match="cast it to float32, or ask for a reference in float64"):
        ulp_distance(double, single)
    with pytest.raises(
        NumberError, match=r"reference has numbers of type int64.*cast it to float64"
    ):
        ulp_distance(double, [1], "float64")
    with pytest.raises(NumberError, match="numbers that are no bfloat16 numbers; round them"):
        ulp_distance(np.float32([0.1]), single, "bfloat16")
    with pytest.raises(NumberError, match="actual has numbers of type object"):
        ulp_distance([None], single)
    with pytest.raises(ShapeError, match=r"actual has shape \(1,\), and reference \(2,\)"):
        ulp_distance(single, np.float32([1, 2]))
    with pytest.raises(SymlstmError, match="dtype is 'float8'"):
        ulp_distance(single, single, "float8")


def test_tensors_are_read_off_their_graph():
    try:
        import torch
    except ImportError:
        missing("PyTorch")
    tensor = torch.tensor([1.0, 2.0], requires_grad=True)
    assert ulp_distance(tensor, np.float32([1, 2])).tolist() == [0, 0]
    half = torch.tensor([1.0, -2.0]).to(torch.bfloat16)
    assert ulp_distance(half, np.float32([1.0078125, -2]), "bfloat16").tolist() == [1, 0]


def test_sympy_and_flint_are_not_needed():
    program = (
        "import sys, symlstm.numbers.ulps\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'sympy', 'flint', 'torch'}, loaded"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
