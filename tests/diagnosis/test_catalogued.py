"""Mistakes that were seen elsewhere, planted in a NumPy LSTM, are named first."""

import numpy as np
import pytest
from catalogue import CATALOGUE
from trials import drawn, holds, named, shows
from unseen import OTHERS

from symlstm import diagnose

QUICK = {
    "interleaved": "interleaved",
    "forget-bias-first-step-only": "forget-bias-first-step-only",
    "second-bias-dropped": "second-bias-dropped",
    "not-reset": "not-reset-between-sequences",
    "h-c-swapped": "h-c-swapped",
    "peephole-order fio": "peephole-order",
    "peephole-after-activation": "terms-with-p-added-after-functions",
    "gru-order": "order-r-z-h",
    "reset-after": "r_t-multiplied-after-U_h",
    "state-h-c-returned-swapped": "h-c-returned-swapped",
    "tanh-on-output": "tanh-of-h_t-comes-out",
}
"""Those that are tried everywhere, and what begins the name of what is found."""


UNKNOWN = {
    *((name, None) for name in ("clip-on-c", "sin candidate", "candidate plus x bias")),
    *((name, "gru_after") for name in ("interleaved", "bias-doubled", "bias-missing")),
    ("outputs late", None),
    ("z_i doubled", "peephole"),
}
"""What no rule makes, of every kind of layer or of one: nothing else is taken for it."""


def name_of(mistake):
    return mistake.name


SIZES = {"units": 3, "inputs": 3, "steps": 4, "batch": 3, "started": True}
FIXED = {"batch-time-swapped": {"started": False}}


def found(mistakes, kind, seed, outputs="all", sizes=None, max_faults=2):
    trial, sizes = drawn(seed, kind, sizes=sizes or SIZES)
    assert shows(trial, mistakes) or outputs == "all"
    actual, x = trial.actual(mistakes, outputs), trial.given.arrays["x"]
    return trial, diagnose(trial.layer, x, actual, max_faults=max_faults, **trial.arguments)


def assert_found(mistakes, kind, seed, sizes=None):
    """The diagnosis is one that holds in another layer, too, or among those as good as it."""
    outputs = ("all", "sequence")[seed % 2]
    _, diagnosis = found(mistakes, kind, seed, outputs, sizes)
    assert diagnosis.verdict == "explained"
    other, _ = drawn(seed + 1000, kind, sizes=sizes or SIZES)
    ways = [diagnosis.best.faults, *named(diagnosis.best.equivalent, other)]
    assert any(holds(faults, other, mistakes) for faults in ways), diagnosis.best.names
    return diagnosis


@pytest.mark.parametrize("mistake", [one for one in CATALOGUE if one.name in QUICK], ids=name_of)
def test_a_mistake_is_named(mistake):
    diagnosis = assert_found((mistake,), mistake.kinds[0], 2)
    names = (*diagnosis.best.names, *diagnosis.best.equivalent)
    assert any(name.startswith(QUICK[mistake.name]) for name in names)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", [*CATALOGUE, *OTHERS], ids=name_of)
def test_every_mistake_is_found_in_every_kind_of_layer(mistake):
    sizes, most = {**SIZES, **FIXED.get(mistake.name, {})}, 2
    for seed, kind in enumerate(mistake.kinds):
        trial, _ = drawn(seed, kind, sizes=sizes)
        if not mistake.shows(trial.given) or not shows(trial, (mistake,)):
            continue
        if {(mistake.name, None), (mistake.name, kind)} & UNKNOWN:
            outputs = ("all", "sequence")[seed % 2]
            _, diagnosis = found((mistake,), kind, seed, outputs, sizes, most)
            assert diagnosis.verdict == "unexplained"
            most = 1  # all pairs were tried once, which takes ten times as long
        else:
            assert_found((mistake,), kind, seed, sizes)


@pytest.mark.parametrize("kind", ["lstm", "peephole", "projected", "gru", "gru_after"])
def test_what_is_right_is_right(kind):
    _, diagnosis = found((), kind, 3)
    assert diagnosis.verdict == "right"


@pytest.mark.slow
@pytest.mark.parametrize("pair", [(0, 30), (44, 50), (35, 60)], ids=str)
def test_two_mistakes_are_found(pair):
    mistakes = tuple(CATALOGUE[k] for k in pair)
    assert_found(mistakes, "lstm", 1)


@pytest.mark.parametrize("noise", [1e-2, 1e-3, 1e-4, 1])
def test_noise_is_not_explained(noise):
    trial, _ = drawn(4, "lstm", sizes=SIZES)
    right = trial.actual(())["sequence_out"]
    rng = np.random.default_rng(5)
    actual = (right * (1 + noise * rng.standard_normal(right.shape))).astype(np.float32)
    x = trial.given.arrays["x"]
    diagnosis = diagnose(trial.layer, x, actual, max_faults=1, **trial.arguments)
    assert diagnosis.verdict == "unexplained"
