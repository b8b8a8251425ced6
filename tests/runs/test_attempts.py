"""Attempts of one's own making: which is asked for what, and how often."""

import pytest
from flint import arb

from symlstm.algebras.ball import BallAlgebra
from symlstm.errors import PrecisionError, TooLargeError
from symlstm.runs.attempts import Attempts

UNKNOWN = arb(0, 1)
RESULTS = [
    {"at once": arb(1), "zero": UNKNOWN, "late": UNKNOWN, "never": UNKNOWN},
    None,
    {"at once": UNKNOWN, "zero": arb(0, 2.0**-40), "late": arb(2), "never": UNKNOWN},
    {"at once": UNKNOWN, "zero": UNKNOWN, "late": UNKNOWN, "never": UNKNOWN},
]


class Made:
    """Attempts at four values, of which the second is too large, and who was asked."""

    def __init__(self):
        self.asked = []
        self.algebras = [BallAlgebra(2**k) for k in range(3, 7)]
        self.attempts = Attempts(self.algebras, self.compute)

    def compute(self, algebra):
        attempt = self.algebras.index(algebra)
        self.asked.append(attempt)
        if RESULTS[attempt] is None:
            raise TooLargeError("too large")
        return RESULTS[attempt]

    def nearest(self, name):
        return self.attempts.nearest(lambda result: result[name], "float16", name)


@pytest.mark.parametrize("first", ["at once", "zero", "late", "never"])
def test_each_answer_is_that_of_the_first_attempt_that_knows_it(first):
    made = Made()
    for name in (first, "at once", "zero", "late", "at once"):
        if name == "never":
            with pytest.raises(PrecisionError, match=r"nearest to never .* at 64 bits"):
                made.nearest(name)
        else:
            assert made.nearest(name) == {"at once": 1, "zero": 0, "late": 2}[name]
    assert made.asked == [0, 1, 2, 3]


def test_no_more_is_computed_than_is_asked_for():
    made = Made()
    assert made.nearest("at once") == 1
    assert made.asked == [0]
    assert made.nearest("late") == 2
    assert made.asked == [0, 1, 2]


def test_what_is_too_large_stays_so_for_all_that_rests_on_it():
    made = Made()
    doubled = made.attempts.then(lambda result: {"late": [result["late"]]})
    for _ in range(2):
        with pytest.raises(TooLargeError, match="too large"):
            doubled.result_in(made.algebras[1])
    assert doubled.nearest(lambda result: result["late"], "float32", "it").tolist() == [2]
    assert made.asked == [1, 0, 2]
