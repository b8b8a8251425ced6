"""Mistakes with the loss whose gradients they are: its size, and what of it comes to the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Numbers, Setup

GROUP = "loss"
OF_FACTORS = "char-rnn #70, #104, rnn-theano PR #3, torch-rnn #129, pytorch #635"


def factors(setup: Setup) -> Iterator[tuple[str, str, Fraction]]:
    """Yield what gradients are multiplied with: what it is called, in words, and the number."""
    batch, steps, _ = setup.inputs.shape
    yield "doubled", "twice what they are, as of a square without ½", Fraction(2)
    yield "halved", "half of what they are", Fraction(1, 2)
    yield "negated", "of the other sign", Fraction(-1)
    if steps > 1:
        yield "mean-over-time", f"divided by the {steps} steps", Fraction(1, steps)
        yield "sum-for-mean-over-time", f"{steps} times as large, a time a step", Fraction(steps)
    if batch > 1:
        yield "mean-over-batch", f"divided by the {batch} sequences", Fraction(1, batch)
        yield "sum-for-mean-over-batch", f"{batch} times as large", Fraction(batch)
    if batch > 1 and steps > 1:
        both = Fraction(1, steps * batch)
        yield "mean-over-batch-and-time", f"divided by all {steps * batch} steps", both


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes with what comes from outside."""
    for name, words, factor in factors(setup):
        yield Fault(
            f"loss-{name}",
            GROUP,
            f"all gradients are {words}",
            OF_FACTORS,
            whole=partial(_seeded, None, partial(_scaled, factor)),
        )
    for argument in setup.seeds if len(setup.seeds) > 1 else []:
        yield Fault(
            f"{argument}-ignored",
            GROUP,
            f"{argument}, of what comes from outside, is not used",
            "deeplearning4j #8838",
            whole=partial(_seeded, argument, partial(_scaled, Fraction(0))),
        )
    for name, words, change in _OVER_TIME:
        yield Fault(
            name, GROUP, words, "off by one", whole=partial(_seeded, "grad_sequence", change)
        )
    for name, words, k in (("first", "first", 0), ("last", "last", -1)):
        yield Fault(
            f"{name}-sequence-alone",
            GROUP,
            f"of the batch, the {words} sequence's gradients alone are left",
            "assigned for each sequence, not added",
            whole=partial(_seeded, None, partial(_of_sequence, k)),
        )


def _seeded(only: str | None, change: Callable[[Numbers], Numbers], setup: Setup) -> Setup | None:
    """Return the setup with what comes from outside changed: all of it, or what one name has."""
    seeds = {
        name: change(seed) if only in (None, name) else seed for name, seed in setup.seeds.items()
    }
    if all((seeds[name] == seed).all() for name, seed in setup.seeds.items()):
        return None
    return replace(setup, seeds=seeds)


def _scaled(factor: Fraction, seed: Numbers) -> Numbers:
    return seed * factor.numerator / factor.denominator


def _of_sequence(k: int, seed: Numbers) -> Numbers:
    changed = 0 * seed
    changed[k] = seed[k]
    return changed


def _of_last_step(seed: Numbers) -> Numbers:
    changed = 0 * seed
    changed[:, -1] = seed[:, -1]
    return changed


def _shifted(by: int, seed: Numbers) -> Numbers:
    changed = np.roll(seed, by, axis=1).copy()
    changed[:, 0 if by > 0 else -1] = 0 * seed[:, 0]
    return changed


_OVER_TIME = (
    ("loss-of-last-step-alone", "of the loss, the last step alone counts", _of_last_step),
    (
        "loss-reversed",
        "the gradients that come to the steps are in reverse order of time",
        partial(np.flip, axis=1),
    ),
    ("loss-late", "the gradients that come to the steps are a step late", partial(_shifted, 1)),
    ("loss-early", "the gradients that come to the steps are a step early", partial(_shifted, -1)),
)
