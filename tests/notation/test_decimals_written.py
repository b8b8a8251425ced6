"""Decimals as they are written: what is read back is the number, and says what it is worth."""

import re
from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm.notation import EXACT, LATEX, PLAIN, ROUNDED

ABOVE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
decimals = st.builds(
    lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=25).map(tuple),
    st.integers(-40, 40),
)


def read(text):
    """Return the number of which this is how a page has it."""
    text = text.replace(r" \times 10^{", "E").replace("}", "").replace("×10", "E")
    return Decimal(text.translate(ABOVE))


@given(decimals, st.booleans())
@pytest.mark.parametrize("notation", [PLAIN, LATEX], ids=["plain", "latex"])
def test_a_decimal_has_all_its_digits_and_says_whether_it_is_rounded(notation, value, rounded):
    token = notation.decimal(value, rounded=rounded)
    assert read(token.text) == value
    assert token.certainty == (ROUNDED if rounded else EXACT)
    if value:
        places, _, power = token.text.partition("×" if notation is PLAIN else r"\times")
        assert bool(power) == (value.as_tuple().exponent > -rounded or abs(value) < Decimal("1e-4"))
        assert len(re.sub(r"\D", "", places).lstrip("0")) == len(value.as_tuple().digits)


def test_how_a_thread_writes_decimals_changes_nothing():
    with localcontext(Context(capitals=0)):
        assert PLAIN.decimal(Decimal("1e30")).text == "1×10³⁰"
