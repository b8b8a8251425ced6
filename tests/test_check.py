from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm import LSTM
from symlstm.algebras.floating import FloatAlgebra
from symlstm.algebras.running_error import Bounded, RunningErrorAlgebra
from symlstm.errors import CellError


def test_a_check_says_the_worst_error_and_where_it_is():
    cell = LSTM(1, activation=None, recurrent_activation=None, use_bias=False)
    check = cell.bind(kernel="1/3", recurrent_kernel=1).run([1, 1]).check()
    values = {
        place: abs(Fraction(float(approximate)) - exact) / exact
        for place, exact, approximate in [
            (("i", 1), Fraction(1, 3), 1 / 3),
            (("c", 1), Fraction(1, 9), (1 / 3) * (1 / 3)),
            (("h", 1), Fraction(1, 27), (1 / 3) * ((1 / 3) * (1 / 3))),
            (("i", 2), Fraction(10, 27), 1 / 3 + (1 / 3) * ((1 / 3) * (1 / 3))),
        ]
    }
    assert check.agrees
    assert check.worst_error >= float(max(values.values())) > 0
    assert f"at {check.worst.name}_{check.worst.step}" in str(check)
    error = abs(
        Fraction(check.float_value) - Fraction(int(check.exact_value.p), check.exact_value.q)
    )
    assert (
        float(error / Fraction(int(check.exact_value.p), check.exact_value.q)) == check.worst_error
    )


def test_a_check_says_from_where_float64_overflows(article):
    check = article.run([1] * 10).check()
    first = next(
        t for t, h in enumerate(article.run([1] * 10, algebra="float")["h"], 1) if h == np.inf
    )
    assert check.overflows_from == first == 8
    assert "overflows from step 8" in str(check)
    assert article.run([1] * 3).check().overflows_from is None


def test_the_float_trace_gives_the_same_check(article):
    assert article.run([0.1, 3], algebra="float").check() == article.run([0.1, 3]).check()


def test_a_float_program_that_is_wrong_is_found(article, monkeypatch):
    """The oracle must be able to fail: a product that is off by 1e-12 is no rounding."""
    exact = article.run(["1/3", "1/7"])
    wrong = FloatAlgebra.multiply
    monkeypatch.setattr(
        FloatAlgebra, "multiply", lambda self, m, v: wrong(self, m, v) * (1 + 1e-12)
    )
    check = exact.check()
    assert not check.agrees
    assert str(check) == "float64 disagrees with the exact values at z_i_1"


def test_symbols_cannot_be_checked():
    with pytest.raises(CellError, match="no numbers to check"):
        LSTM(1).unroll(2).check()


finite = st.floats(-1e6, 1e6)


@given(finite, finite, st.floats(0, 1), st.floats(0, 1))
def test_bounds_enclose_what_the_operations_can_give(a, b, ea, eb):
    """For true values at the ends of both bounds, every result is within the result's bound."""
    left, right = Bounded(np.float64(a), np.float64(ea)), Bounded(np.float64(b), np.float64(eb))
    operations = [
        (left + right, lambda x, y: x + y),
        (left * right, lambda x, y: x * y),
        (RunningErrorAlgebra.operations[max_class()](left, right), max),
    ]
    for result, operation in operations:
        for x in (Fraction(a) - Fraction(ea), Fraction(a) + Fraction(ea)):
            for y in (Fraction(b) - Fraction(eb), Fraction(b) + Fraction(eb)):
                distance = abs(Fraction(float(result.value)) - operation(x, y))
                assert distance <= Fraction(float(result.bound))


@given(st.floats(0.1, 1e6), st.floats(0, 0.05))
def test_bounds_of_powers_enclose(a, error):
    for exponent in (-2, -1, 2, 3):
        result = Bounded(np.float64(a), np.float64(error)) ** exponent
        for x in (Fraction(a) - Fraction(error), Fraction(a) + Fraction(error)):
            distance = abs(Fraction(float(result.value)) - x**exponent)
            assert distance <= Fraction(float(result.bound))


def max_class():
    import sympy

    return sympy.Max
