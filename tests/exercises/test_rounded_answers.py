"""Answers that are rounded: of exact values, of certified ones, and of lines that round."""

from decimal import Decimal, localcontext
from pathlib import Path

import mpmath
import pytest

import symlstm
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Exercise
from symlstm.exercises import mark


def marked(trace, answers):
    exercise = Derivation(Path("mine"), "", trace, (), {}, exercise=Exercise())
    found = mark(exercise, answers).answers
    return {a.name: f"{a.verdict} {a.note}".strip() for a in found if a.verdict != "missing"}


@pytest.fixture
def thirds():
    cell = symlstm.SimpleRNN(units=1, activation="linear")
    return cell.bind(kernel="1/3", recurrent_kernel=2, bias=0).run([1, 0, 0])


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("1/3", "right"),
        ("2/6", "right"),
        ("0.333", "right rounded"),
        (Decimal("0.33333"), "right rounded"),
        (Decimal("0.33"), "slip give 3 digits"),
        ("0.334", "slip"),
        ("0.3330", "slip"),
        ("0.3333333333333333333333333333333333", "right rounded"),
        ("333e-3", "right rounded"),
        ("33/100", "slip"),
        (0, "slip"),
    ],
)
def test_a_decimal_of_three_digits_may_stand_for_a_fraction(thirds, answer, verdict):
    assert marked(thirds, {"h_1": answer}) == {"h_1": verdict}


@pytest.mark.parametrize("second", ["2/3", "0.667", "0.666"])
def test_what_follows_from_a_decimal_follows_with_all_its_digits_or_as_it_stands(thirds, second):
    verdicts = marked(thirds, {"h_1": "0.333", "h_2": second})
    assert verdicts["h_2"] in ("right", "right rounded", "carried on")
    assert marked(thirds, {"h_1": "0.333", "h_2": "0.665"})["h_2"] == "slip"


def test_after_a_slip_decimals_carry_on_with_all_their_digits(thirds):
    cell = symlstm.SimpleRNN(units=1, activation="linear")
    trace = cell.bind(kernel=1, recurrent_kernel="1/3", bias=0).run([1, 0, 0])
    both = ({"h_1": 2, "h_2": "0.667", "h_3": h_3} for h_3 in ("0.222", "0.2223"))
    for answers in both:  # 2/9, and a third of 0.667
        assert list(marked(trace, answers).values()) == ["slip", "carried on", "carried on"]


@pytest.fixture
def certified():
    return symlstm.LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)


def true_values(digits=40):
    """Return the values of that layer for the inputs 1, 1, as mpmath has them."""
    with mpmath.workdps(digits):
        h = c = mpmath.mpf(0)
        values = {}
        for t in (1, 2):
            gate, new = 1 / (1 + mpmath.exp(-(1 + h))), mpmath.tanh(1 + h)
            c = gate * c + gate * new
            h = gate * mpmath.tanh(c)
            names = ("i", gate), ("f", gate), ("c_tilde", new), ("o", gate), ("c", c), ("h", h)
            values |= {f"{name}_{t}": mpmath.nstr(v, 30) for name, v in names}
        return values


@pytest.mark.parametrize("digits", [3, 4, 6, 12])
def test_certified_values_are_right_in_however_many_digits(certified, digits):
    trace = certified.run([1, 1], algebra="ball", digits=6)
    with localcontext(prec=digits):
        answers = {name: str(+Decimal(value)) for name, value in true_values().items()}
    assert set(marked(trace, answers).values()) == {"right rounded"}
    unit = Decimal(1).scaleb(-digits)
    off = {name: str(Decimal(value) + unit) for name, value in answers.items()}
    assert "right" not in " ".join(marked(trace, off).values())


def test_of_certified_values_a_slip_carries_on(certified):
    trace = certified.run([1, 1], algebra="ball", digits=6)
    i, c_tilde, o = "0.8", "0.762", "0.731"
    c = f"{Decimal(i) * Decimal(c_tilde):.3f}"
    h = mpmath.nstr(mpmath.mpf(o) * mpmath.tanh(mpmath.mpf(c)), 3)
    answers = {"i_1": i, "c_tilde_1": c_tilde, "o_1": o, "c_1": c, "h_1": h}
    assert marked(trace, answers) == {
        "i_1": "slip",
        "c_tilde_1": "right rounded",
        "o_1": "right rounded",
        "c_1": "carried on",
        "h_1": "carried on",
    }


def test_where_each_line_is_rounded_the_printed_number_is_right(certified):
    trace = certified.run([1, 1], algebra="decimal", digits=3)
    printed = {f"{n}_{t}": str(trace[t][n]) for t in (1, 2) for n in ("i", "c_tilde", "c", "h")}
    assert set(marked(trace, printed).values()) == {"right"}
    assert marked(trace, {"h_1": true_values()["h_1"]}) == {"h_1": "slip"}
    c = Decimal("0.8") * Decimal("0.762")
    answers = {"i_1": "0.8", "c_1": f"{c:.3f}"}
    assert marked(trace, answers) == {"i_1": "slip", "c_1": "carried on"}
    assert marked(trace, {**answers, "c_1": str(c)})["c_1"] == "slip"
