"""Marks of simulated answers: exactly the slips are named, whatever carries on from them."""

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from by_hand import GATES, gru, lstm
from own_cells import GRU

import symlstm
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Blanks, Exercise
from symlstm.exercises import mark

KINDS = ("right", "one slip", "several", "empty", "nonsense")
NONSENSE = ("?", "", "1/0", "h", [], [1, 2], {"a": 1}, True, "1,5", "__import__('os')", "nan", "±")
INPUTS = [1, -2, 3]


def derivation(subject, blanks=None):
    return Derivation(Path("mine"), "", subject, (), {}, exercise=Exercise(blanks or Blanks()))


@pytest.fixture(scope="module")
def weights():
    random = Random(1)
    numbers = [Fraction(n, 2) for n in (-3, -2, -1, 1, 2, 3)]
    return {gate: [random.choice(numbers) for _ in range(3)] for gate in GATES}


@pytest.fixture(scope="module")
def exercise(weights):
    cell = symlstm.LSTM(units=1, activation="linear", recurrent_activation="linear")
    groups = ("kernel", "recurrent_kernel", "bias")
    numbers = {g: {gate: weights[gate][k] for gate in GATES} for k, g in enumerate(groups)}
    return derivation(cell.bind(**numbers).run(INPUTS).backward())


def answered(values):
    """Return values by name as an answer file has them."""
    what = "gradient by "
    forward = {n: typed(v) for n, v in values.items() if not n.startswith(what)}
    gradients = {n.removeprefix(what): typed(v) for n, v in values.items() if n not in forward}
    return {**forward, "gradients": gradients}


def typed(value):
    return str(value) if isinstance(value, Fraction) else value


def simulated(random, kind, weights):
    """Return the values of an answer file, and the verdict that each should have."""
    true = lstm(weights, INPUTS)
    if kind in ("right", "empty"):
        return (true, dict.fromkeys(true, "right")) if kind == "right" else ({}, {})
    count = {"one slip": 1, "several": random.randint(2, 5), "nonsense": 0}[kind]
    slips = {n: Fraction(random.choice((-2, -1, 1, 3)), 2) for n in random.sample([*true], count)}
    values = lstm(weights, INPUTS, slips)
    verdicts = {
        name: "right" if value == true[name] else "slip" if name in slips else "carried on"
        for name, value in values.items()
    }
    if kind == "nonsense":
        for name in random.sample([*true], random.randint(1, len(true))):
            values[name], verdicts[name] = random.choice(NONSENSE), "no number"
    return values, verdicts


def test_of_two_hundred_answer_files_exactly_the_slips_are_named(exercise, weights):
    random = Random(13)
    every = lstm(weights, INPUTS)
    for k in range(200):
        values, verdicts = simulated(random, KINDS[k % len(KINDS)], weights)
        marks = mark(exercise, answered(values))
        found = {answer.name: answer.verdict for answer in marks.answers}
        assert found == {name: verdicts.get(name, "missing") for name in every}, (k, values)
        assert {s.name for s in marks.slips} == {n for n, v in verdicts.items() if v == "slip"}
        assert marks.all_right == (k % len(KINDS) == 0)


def test_some_answers_are_left_out_and_what_is_wrong_still_follows(exercise, weights):
    """What is a blank without an answer is what someone has computed on the way."""
    random = Random(5)
    for _ in range(40):
        slip = random.choice([*lstm(weights, INPUTS)][:12])
        values = lstm(weights, INPUTS, {slip: 1})
        kept = {n: v for n, v in values.items() if n == slip or random.random() < 0.5}
        marks = mark(exercise, answered(kept))
        assert [answer.name for answer in marks.slips] == [slip]


def test_what_the_sheet_says_is_gone_on_with(exercise, weights):
    """Where h alone is a blank, nothing follows from another c than the one that is printed."""
    only_h = derivation(exercise.subject, Blanks(names=frozenset({"h", "c"}), start=2))
    true = lstm(weights, INPUTS)
    wrong = lstm(weights, INPUTS, {"i_2": 1})
    marks = mark(only_h, {"c_2": str(wrong["c_2"]), "h_2": str(wrong["h_2"])})
    assert [(a.name, a.verdict) for a in marks.answers] == [
        ("c_2", "slip"),
        ("h_2", "carried on"),
        ("c_3", "missing"),
        ("h_3", "missing"),
    ]
    marks = mark(only_h, {"i_2": str(wrong["i_2"]), "c_2": str(wrong["c_2"])})
    assert [(a.name, a.verdict) for a in marks.answers][:2] == [
        ("i_2", "slip"),
        ("c_2", "carried on"),
    ]
    assert marks["i_2"].value.item() == true["i_2"]


def test_a_gru_of_one_s_own_is_marked_unit_by_unit():
    random = Random(3)

    def some(*shape):
        if not shape:
            return Fraction(random.randint(-4, 4), 2)
        return [some(*shape[1:]) for _ in range(shape[0])]

    weights = {gate: (some(2), some(2, 2), some(2)) for gate in ("z", "r", "h")}
    cell = GRU(units=2, activation="linear", recurrent_activation="linear")
    layer = cell.bind(
        kernel={gate: [W] for gate, (W, _, _) in weights.items()},
        U={gate: U for gate, (_, U, _) in weights.items()},
        bias={gate: b for gate, (_, _, b) in weights.items()},
    )
    exercise = derivation(layer.run(INPUTS))
    true = gru(weights, INPUTS, 2)
    for slip in true:
        values = gru(weights, INPUTS, 2, {slip: [0, 1]})
        marks = mark(exercise, {n: [str(v) for v in vs] for n, vs in values.items()})
        assert [answer.name for answer in marks.slips] == [slip]
        assert marks[slip].note == "at [1]"
        carried = {name for name in true if true[name] != values[name]} - {slip}
        assert {a.name for a in marks.answers if a.verdict == "carried on"} == carried


def test_a_pre_activation_may_be_answered_and_is_gone_on_with():
    cell = symlstm.SimpleRNN(units=1, activation="relu")
    exercise = derivation(cell.bind(kernel=2, recurrent_kernel=1, bias=0).run([1, 1]))
    marks = mark(exercise, {"z_h_1": 3, "h_1": 3, "h_2": 5})
    assert [(a.name, a.verdict) for a in marks.answers] == [
        ("z_h_1", "slip"),
        ("h_1", "carried on"),
        ("h_2", "carried on"),
    ]


def test_several_sequences_are_marked_in_the_shape_of_a_trace():
    cell = symlstm.SimpleRNN(units=1, activation="linear")
    trace = cell.bind(kernel=2, recurrent_kernel=1, bias=0).run([[[1], [1]], [[2], [0]]])
    exercise = derivation(trace.backward())
    gradients = {"W": 4, "U": 7, "b": 5}
    marks = mark(exercise, {"h_1": [[2], [5]], "h_2": [4, 5], "gradients": gradients})
    found = {a.name: a.verdict for a in marks.answers if a.verdict != "missing"}
    assert found == {
        "h_1": "slip",
        "h_2": "carried on",
        "gradient by W": "right",
        "gradient by U": "carried on",
        "gradient by b": "slip",
    }


HOSTILE = ["1e9999", "9" * 9000, "1/" + "7" * 5000, "-1e5000", "0x10", "1_000", " 1 ", "１"]


@pytest.mark.parametrize("answer", HOSTILE)
def test_whatever_is_typed_is_marked(exercise, answer):
    marks = mark(exercise, {"i_1": answer, "h_3": answer, "gradients": {"W_i": answer}})
    assert marks["i_1"].verdict in ("slip", "no number", "right")
    assert str(marks)


def test_unknown_names_are_told_what_is_meant(exercise):
    answers = {"h": 1, "h_9": 2, "forget_1": 3, "C_2": 4, "gradients": {"W_g": 1, "V": 2}}
    notes = {a.name: a.note for a in mark(exercise, answers).answers if a.verdict == "unknown"}
    assert notes["h"] == "give it with its step, such as h_1"
    assert notes["h_9"] == "h has the steps 1 to 3"
    assert notes["forget_1"].startswith("'forget' is called 'f' here")
    assert notes["C_2"].startswith("did you mean 'c'?")
    assert notes["gradient by W_g"].startswith("'W_g' is called 'W_c' here")
    assert notes["gradient by V"].startswith("known: ")
