"""Probes: every mistake shows, comes to another outcome than others, and is named."""

import numpy as np
import pytest
from own_cells import Mean

import symlstm
from symlstm import LSTM, PeepholeLSTM, SimpleRNN
from symlstm.diagnosis.mistakes import arithmetic
from symlstm.diagnosis.mistakes.hypotheses import hypotheses
from symlstm.diagnosis.probes.outcomes import Outcomes, near
from symlstm.errors import SymlstmError

CELLS = [LSTM(units=2, input_dim=2), SimpleRNN(2, 2), PeepholeLSTM(2, 2), Mean(2, 2)]


UNSEEN = {"h-c-returned-swapped"} | {
    f"{what}-in-{name}" for what in ("weights", "inputs") for name in ("float16", "bfloat16")
}
"""What outputs over time do not show, and numbers that are exact in every format."""


@pytest.fixture(scope="module")
def probes():
    """The probe of a cell, made once."""
    made = {}

    def probe(cell):
        if cell not in made:
            made[cell] = symlstm.probe(cell)
        return made[cell]

    return probe


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(probe, *, order="ifco", gate=sigmoid, phi=np.tanh, last=np.tanh, **changes):
    """Return the outputs of an LSTM in float32, written by hand, with mistakes."""
    weights = {name: np.float32(np.asarray(probe.layer[name], float)) for name in GROUPS}
    given = {"inputs": probe.inputs, "h": probe.initial_state[0], "c": probe.initial_state[1]}
    given = {**weights, **{name: np.float32(one) for name, one in given.items()}, **changes}
    h, c, found = given["h"], given["c"], []
    for x in np.moveaxis(given["inputs"], 1, 0):
        z = x @ given["kernel"] + h @ given["recurrent_kernel"] + given["bias"]
        parts = dict(zip(order, np.split(z, 4, axis=-1), strict=True))
        i, f, o = (gate(parts[name]) for name in "ifo")
        c = f * c + i * phi(parts["c"])
        h = o * last(c)
        found.append(h)
    return np.float32(np.stack(found, axis=1))


FORGET = np.repeat(np.float32([0, 1, 0, 0]), 2)
NOTHING = np.zeros((2, 2), np.float32)
GROUPS = ("kernel", "recurrent_kernel", "bias")


def array(probe, name):
    return np.float32(np.asarray(probe.layer[name], float))


def transposed(kernel):
    return np.concatenate([part.T for part in np.split(kernel, 4, axis=1)], axis=1)


MISTAKES = {
    "keras-order-as-onnx": lambda p: lstm(p, order="iofc"),
    "keras-order-as-openvino": lambda p: lstm(p, order="fico"),
    "forget-bias-twice": lambda p: lstm(
        p, bias=array(p, "bias") + np.float32([0, 0, 1, 1, *[0] * 4])
    ),
    "bias-missing": lambda p: lstm(p, bias=0 * array(p, "bias")),
    "U-transposed": lambda p: lstm(p, recurrent_kernel=transposed(array(p, "recurrent_kernel"))),
    "W-transposed": lambda p: lstm(p, kernel=transposed(array(p, "kernel"))),
    "h-c-swapped": lambda p: lstm(
        p, h=np.float32(p.initial_state[1]), c=np.float32(p.initial_state[0])
    ),
    "initial-state-ignored": lambda p: lstm(
        p, h=np.float32([[0, 0]] * 2), c=np.float32([[0, 0]] * 2)
    ),
    "inputs-reversed": lambda p: lstm(p, inputs=np.float32(p.inputs[:, ::-1])),
    "outputs-reversed": lambda p: lstm(p)[:, ::-1],
    "tanh-missing-in-h_t": lambda p: lstm(p, last=lambda c: c),
    "hard_sigmoid-for-sigmoid-everywhere": lambda p: lstm(
        p, gate=lambda z: np.clip(z / 6 + 0.5, 0, 1)
    ),
}
"""What is wrong, by how its name begins, in NumPy."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_made_by_hand_are_named(probes, name):
    probe = probes(CELLS[0])
    diagnosis = probe.diagnose(MISTAKES[name](probe), max_faults=1)
    assert diagnosis.verdict == "explained"
    assert diagnosis.best.faults[0].name.startswith(name)
    assert set(diagnosis.untested) <= UNSEEN


@pytest.mark.slow
def test_what_is_right_is_right_on_a_probe(probes):
    diagnosis = probes(CELLS[0]).diagnose(lstm(probes(CELLS[0])))
    assert diagnosis.verdict == "right"
    assert set(diagnosis.untested) <= UNSEEN


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(c, marks=[pytest.mark.slow] * (c.units == 2 and len(c.states) > 1))
        for c in CELLS
    ],
)
def test_mistakes_are_apart_by_far_more_than_rounding(probes, cell):
    probe = probes(cell)
    assert probe.for_all
    if isinstance(cell, PeepholeLSTM):  # of its 700 mistakes, a few overflow or come close
        assert len(probe.unproven) < 3
    else:
        assert probe.distance > 2.0**-18  # a hundred times what float32 is rounded by
        assert not probe.unproven
    names = {name for group in (*probe.equivalent, probe.unseen) for name in group}
    every = {fault.name for fault in hypotheses(probe._setup)}
    assert names < every
    assert len(every) >= probe.count - 1 > 30
    if not isinstance(cell, PeepholeLSTM):
        assert set(probe.unseen) <= UNSEEN


@pytest.mark.parametrize("cell", CELLS[1::2])
def test_each_mistake_is_named_by_the_diagnosis(probes, cell):
    probe = probes(cell)
    same = [set(group) for group in probe.equivalent]
    faults = [one for one in hypotheses(probe._setup) if one.group != arithmetic.GROUP]
    for fault in faults[:: max(1, len(faults) // 12)]:
        setup = fault.made_in(probe._setup)
        if setup is None:
            continue
        runnable, start = setup.runnable()
        actual = runnable.reference(setup.inputs, dtype="float32", initial_state=start)
        output = actual.sequence_out
        seen = setup.shown("sequence_out", output, (2, 3, 2))
        best = probe.diagnose(seen.astype(np.float32), max_faults=1).best
        group = next((names for names in same if fault.name in names), {fault.name})
        assert best is not None
        assert best.faults[0].name in group


def test_numbers_are_exact_and_all_different(probes):
    probe = probes(CELLS[1])
    layer = probe.layer
    weights = [np.asarray(layer[name], float) for name in GROUPS]
    numbers = np.concatenate(
        [one.ravel() for one in (*weights, probe.inputs, *probe.initial_state)]
    )
    assert (np.float16(numbers) == numbers).all()
    assert len({*abs(numbers)}) == len(numbers)


def test_a_seed_says_which_numbers():
    first, again, other = (
        symlstm.probe(SimpleRNN(2, 2), steps=2, batch=1, seed=seed) for seed in (1, 1, 2)
    )
    assert (first.inputs == again.inputs).all()
    assert first.about == again.about
    assert not (first.inputs == other.inputs).all()


def test_pairs_are_screened(probes):
    pairs = probes(CELLS[1]).pairs
    assert len(pairs.rows) > 500
    rows = (pairs.labels[[one, other]] for one, other, _ in near(pairs.rows, 2.0**-20))
    close = {*np.ravel([both for both in rows if both[0] != both[1]])}
    assert len(close) < 0.01 * pairs.count


def test_what_is_no_size_is_refused():
    for options in ({"steps": 0}, {"batch": 1.5}, {"seed": -1}):
        with pytest.raises(SymlstmError, match=f"{next(iter(options))} is .*give a whole number"):
            symlstm.probe(SimpleRNN(2, 2), **options)
    with pytest.raises(SymlstmError, match="5 is no cell, layer or network"):
        symlstm.probe(5)


def test_near_rows_are_all_found():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 6, (300, 3)) / 64
    expected = {
        (k, j) for k in range(300) for j in range(k) if 0 < abs(rows[k] - rows[j]).max() <= 1 / 64
    }
    labels = Outcomes(rows).labels
    found = {
        (int(labels[one]), int(labels[other])) for one, other, apart in near(rows, 1 / 64) if apart
    }
    wanted = {(int(labels[one]), int(labels[other])) for one, other in expected}
    assert {frozenset(one) for one in found} == {frozenset(one) for one in wanted}
    assert len(np.unique(labels)) == len(np.unique(rows, axis=0))
