"""Attempts that are given up: when, with what is told to the next one, and that nothing changes."""

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq

from symlstm import GRU, LSTM
from symlstm.algebras.ball import BallAlgebra
from symlstm.runs import certify, widening
from symlstm.runs.certify import certified, unknown
from symlstm.runs.widening import TooWideError, Wanted, while_narrow

BITS = 100


def history_of(balls):
    return {step: {"h": arb_mat(1, 1, [ball])} for step, ball in enumerate(balls)}


def stepped(balls, wanted, start=1):
    """Return how many steps are yielded, and what is told of the bits that are needed."""
    algebra, taken = BallAlgebra(BITS, wanted=wanted), []
    try:
        for step in while_narrow(range(start, len(balls)), history_of(balls), ["h"], algebra):
            taken.append(step)
    except TooWideError as error:
        return len(taken), error.bits
    return len(taken), None


def losing(bits, steps=65):
    """Return numbers of which every step knows so many bits less."""
    return [arb(1, arb(2) ** min(bits * k - BITS, 40)) for k in range(steps)]


def test_balls_that_lose_too_much_are_seen_after_a_few_steps():
    assert stepped(losing(1), Wanted(24)) == (64, None)
    for wanted, after in ((24, 8), (3, 16)):
        taken, bits = stepped(losing(3), Wanted(wanted))
        assert taken == after
        assert 0 <= bits - (wanted + 3 * 4 * after) <= 2
    assert stepped(losing(3, steps=9), Wanted(24)) == (8, None)


def test_a_step_that_is_left_out_is_told_as_precisely_as_others():
    """Beside the precision of balls that others have, which is 53 bits at first."""
    layer = LSTM(3, 2).bind(kernel="1/3", recurrent_kernel="1/5", bias="1/7")
    mask = np.arange(1, 20) != 16
    trace = layer.run(np.ones((19, 2)), mask=mask, algebra="ball")
    assert trace.algebra.precision == layer.run(np.ones((19, 2)), algebra="ball").algebra.precision


def test_what_is_lost_at_the_start_alone_is_no_reason():
    balls = [arb(1, arb(2) ** (min(6 * k, 24) - BITS)) for k in range(65)]
    assert stepped(balls, Wanted(60)) == (64, None)


def test_no_prediction_is_further_off_than_a_few_times_the_bits():
    assert stepped([arb.nan()] * 20, Wanted(24)) == (8, 4 * BITS)


@pytest.mark.parametrize("wanted", [Wanted(24), Wanted(24, fmpq(1, 2**20))])
def test_what_vanishes_is_known_well_enough_in_proportion_to_what_matters(wanted):
    """Each value is half of the one before, and its radius stays."""
    balls = [arb(arb(2) ** -k, arb(2) ** -BITS) for k in range(81)]
    assert stepped(balls, wanted) == (80, None)
    assert stepped(balls, Wanted(24, fmpq(1, 2**80)))[1] is not None


def test_exact_values_and_algebras_that_want_nothing_go_on_to_the_end():
    assert stepped([arb(1)] * 30, Wanted(1000)) == (29, None)
    assert stepped([arb(0)] * 30, Wanted(1000)) == (29, None)
    assert stepped([arb.nan()] * 30, None) == (29, None)


def a_case(kind, seed=0, units=6, steps=40):
    rng = np.random.default_rng(seed)
    cell = kind(units, 2)
    shapes = {name: np.shape(cell.stack(name, lambda w: np.zeros(w.shape))) for name in cell.groups}
    weights = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return cell.bind(**weights), rng.normal(size=(steps, 2))


def answers(layer, inputs):
    """Return the nearest floats of a run and its gradients, and balls of some of these."""
    reference = layer.reference(inputs)
    gradients = reference.backward()
    floats = [*(gradients[name] for name in ("kernel", "bias")), gradients.inputs]
    trace = layer.run(inputs, algebra="ball", digits=20)
    balls = trace.backward().kernel.ravel()
    return [reference.sequence_out.tolist(), *(one.tolist() for one in floats)], balls


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_giving_up_changes_no_answer(kind, monkeypatch):
    layer, inputs = a_case(kind)
    with pytest.raises(TooWideError):
        layer.run(inputs, algebra="float").given.run(BallAlgebra(60, wanted=Wanted(50)))
    floats, balls = answers(layer, inputs)
    monkeypatch.setattr(widening, "FIRST", 10**6)
    others, wider = answers(layer, inputs)
    assert floats == others
    assert all(one.overlaps(other) for one, other in zip(balls, wider, strict=True))


def test_the_next_precision_is_one_that_may_suffice():
    """The last one is tried whatever was told, and nothing is given up there."""
    tried = []

    def compute(algebra):
        tried.append((algebra.precision, algebra.wanted is not None))
        if algebra.wanted:
            raise TooWideError("too wide", 3 * algebra.precision)
        return algebra.precision

    found = certified(compute, lambda _: None, 15)
    first = tried[0][0]
    assert tried == [(first * k, k < 64) for k in (1, 4, 16, 64)]
    assert found == 64 * first
    tried.clear()
    assert certified(lambda algebra: algebra, lambda _: None, 15, 3 * first).precision == 4 * first


@pytest.mark.parametrize("exponent", range(-60, 10, 7))
def test_what_passes_the_quick_test_passes_the_exact_one(exponent, monkeypatch):
    """Radii around the largest ones that three digits allow, of large and of small numbers."""
    middles = [arb(k) * arb(2) ** exponent for k in (1, -1, 3, 1023, 1025)]
    for middle in middles:
        for k in range(1, 40):
            balls = [arb(middle, abs(middle) * k / 40_000)]
            histories = [{1: {"h": arb_mat(1, 1, balls)}}]
            found = unknown(histories, 3)
            with monkeypatch.context() as without:
                without.setattr(certify, "_are_within", lambda *_: False)
                assert found == unknown(histories, 3)
