"""Trainings of networks on paper: every update, layer by layer, against PyTorch and Fractions."""

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from components import required
from own_cells import TwoStates

from symlstm import Dense, Network, SimpleRNN, hand_calculation
from symlstm.errors import OutputError

X = [[1, 2], [0, 1], [2, -1]]
TARGETS = [1, 0, 2]
RATE = Fraction(1, 8)
NAMES = ("W", "U", "b")
START = ((1, "1/2", 0), ("-1/2", 1, 1), ("1/2", "1/4"), 1)
"""W, U and b of a layer in each direction; W_y, by both, and b_y."""


def network():
    cell = SimpleRNN(units=1, activation="linear")
    level = [
        replace(
            cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias), go_backwards=bool(back)
        )
        for back, (kernel, recurrent, bias) in enumerate(START[:2])
    ]
    head = Dense(1, 2).bind(W_y=[list(START[2])], b_y=START[3])
    return Network([level], head=head, return_sequences=False)


ROWS = [(name, layer, slice(3 * layer - 3 + k, 3 * layer - 2 + k))
        for layer in (1, 2) for k, name in enumerate(NAMES)]  # fmt: skip
OPTIONS = {"loss": "half_squared_error", "learning_rate": str(RATE)}


@cache
def trained(size, epochs=1):
    return network().fit(X, TARGETS, batch_size=size, epochs=epochs, **OPTIONS)


def by_hand(size):
    """Return the weights after each update, by Fractions: a dual number for each weight."""
    weights = [Fraction(n) for layer in START[:2] for n in layer]
    weights += [Fraction(n) for n in START[2]] + [Fraction(START[3])]
    for first in range(0, len(X), size):
        batch = range(first, min(first + size, len(X)))
        total = [Fraction(0)] * len(weights)
        for k in batch:
            for place in range(len(weights)):
                dual = [(one, Fraction(int(n == place))) for n, one in enumerate(weights)]
                error, slope = output(dual, X[k])
                total[place] += (error - TARGETS[k]) * slope / len(batch)
        weights = [one - RATE * slope for one, slope in zip(weights, total, strict=True)]
        yield weights


def output(weights, inputs):
    """Return the output for a sequence, and its derivative, of weights with theirs."""
    ends = []
    for (w, u, b), sequence in ((weights[:3], inputs), (weights[3:6], inputs[::-1])):
        h = (Fraction(0), Fraction(0))
        for x in sequence:
            h = plus(times(w, (Fraction(x), Fraction(0))), times(u, h), b)
        ends.append(h)
    return plus(times(weights[6], ends[0]), times(weights[7], ends[1]), weights[8])


def times(a, b):
    return a[0] * b[0], a[0] * b[1] + a[1] * b[0]


def plus(*terms):
    return sum(term[0] for term in terms), sum(term[1] for term in terms)


def chapters(text):
    """Return what stands below each title."""
    parts = re.split(r"^(.+)\n=+$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def columns(chapter):
    """Return what stands last in each column of tables."""
    found = {}
    for part in re.split(r"\n\n+", chapter.strip()):
        header, *_, last = part.split("\n")
        found |= dict(zip(header.split()[2:], last.split()[1:], strict=True))
    return found


def after(chapter, name):
    """Return the numbers at the end of the line in which a weight takes its step."""
    flat = " ".join(chapter.split())
    line = flat.partition(f" {name} ← ")[2].partition(" ← ")[0]
    numbers = line.rpartition("=")[2].strip()
    return [Fraction(n) for n in re.findall(r"-?\d+(?:/\d+)?", numbers.partition("≈")[0])]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_each_update_is_that_of_a_calculation_with_fractions(size):
    told = chapters(hand_calculation(trained(size)))
    updates = list(by_hand(size))
    assert len(updates) == -(-len(X) // size)
    shown = 0
    for number, weights in enumerate(updates, start=1):
        steps = trained(size).updates[number - 1].steps
        known = [n for step in steps for name in step.after.weights for n in numbers(step, name)]
        assert known == weights
        for name, layer, own in (*ROWS, ("W_y", 3, slice(6, 8)), ("b_y", 3, slice(8, 9))):
            chapter = told[f"Update {number}: Back through layer {layer}"]
            if all(one.denominator < 10**20 for one in weights[own]):
                shown += 1
                found = after(chapter.partition("take a step")[2], name)
                assert found[: len(weights[own])] == weights[own]
    assert shown >= 8
    if size == 3:  # those of more updates are long
        end = columns(told["Layer 2: the weights before and after"])
        wanted = dict(zip(NAMES, updates[-1][3:6], strict=True))
        assert {name: Fraction(one) for name, one in end.items()} == wanted


def numbers(step, name):
    return [Fraction(int(one.p), int(one.q)) for one in step.after.weights[name].flat]


def test_the_chapters_of_an_update_stand_in_the_order_of_the_calculation():
    assert [*chapters(hand_calculation(trained(3)))] == [
        "Stepping through a network",
        "Update 1: Layer 1",
        "Update 1: Layer 2, from the last input to the first",
        "Update 1: From level 1 to level 2",
        "Update 1: Layer 3",
        "Update 1: The outputs",
        "Update 1: What comes from the loss",
        "Update 1: Back through layer 3",
        "Update 1: Back from level 2 to level 1",
        "Update 1: Back through layer 2",
        "Update 1: Back through layer 1",
        "Update 1: The gradients by the inputs",
        "Layer 1: the weights before and after",
        "Layer 2: the weights before and after",
        "Layer 3: the weights before and after",
    ]


def test_what_is_given_and_the_batches_are_told():
    text = hand_calculation((trained(1), trained(2)))
    told = {title: " ".join(body.split()) for title, body in chapters(text).items()}
    first = told["Stepping through a network"]
    assert "sequence x_1 x_2 d_1" in first
    assert "1 1 2 1 2 0 1 0 3 2 -1 2" in first
    assert "its sequences, so that the gradients by it are such averages already" in first
    assert (
        "at the end of every sequence. The batch is sequence 1."
        in told["Batch size 1, update 1: Layer 1"]
    )
    second = told["Batch size 2, update 1: Layer 1"]
    assert "after every 2 sequences, and after the rest of them." in second
    assert "The batch has the sequences 1 to 2, which are counted from 1" in second
    assert "The batch is sequence 3." in told["Batch size 2, update 2: Layer 1"]
    assert text.count("At every time step t the cell computes") == 2
    assert text.count("is half the sum of the squared errors") == 2  # of one, and of two sequences
    assert "L = 1/2 (L_1^(1) + L_1^(2)) = " in told["Batch size 2, update 1: The outputs"]


def test_epochs_are_told_and_exact_weights_stay_exact():
    text = hand_calculation(trained(3, epochs=2))
    assert "This is in epoch 2." in text
    assert "significant digits" not in text


def test_in_tables_the_rule_is_told_once():
    text = hand_calculation(trained(2), worked=False)
    assert text.count("W ← W - η W̄") == 1
    assert "Time step" not in text
    table = chapters(text)["Update 2: Back through layer 1"].partition("their gradients")[2]
    rows = dict(re.findall(r"^ +(before|gradient|after) +(\S+)", table, re.MULTILINE)[:3])
    before, gradient, end = (Fraction(rows[row]) for row in ("before", "gradient", "after"))
    assert end == before - RATE * gradient == [*by_hand(2)][1][0]


def test_what_is_said_of_an_update_is_on_one_slide():
    deck = hand_calculation(trained(1, 2), "latex", kind="slides", worked=False, figures=False)
    slides = re.split(r"\\begin\{frame\}", deck)
    (slide,) = (one for one in slides if "This is in epoch 1" in one and "sequence 1." in one)
    assert r"\gets" in slide
    assert "takes a step" in slide


def test_a_summary_has_the_weights_and_no_steps():
    text = hand_calculation(trained(1), kind="summary")
    assert "Update" not in text
    assert [*chapters(text)][1:3] == ["Layer 1", "Layer 2, from the last input to the first"]
    end = chapters(text)["Layer 1: the weights before and after"]
    assert f"{float([*by_hand(1)][-1][0]):.6g}" in end


def test_an_update_alone_is_told():
    update = trained(1).updates[1]
    text = hand_calculation(update)
    assert "Update 2: Layer 1" in text
    assert "The weights are adjusted" not in text
    assert "Update 1" not in text
    assert update.check().agrees


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("format", "kind"),
    [
        *(("latex", kind) for kind in ("page", "summary", "fragment", "slides")),
        *((name, kind) for name in ("markdown", "terminal") for kind in ("page", "summary")),
    ],
)
def test_every_kind_of_document_has_the_weights_at_the_end(format, kind, language):
    text = hand_calculation(trained(3), format, kind=kind, language=language)
    name = {"en": "Layer 3: the weights before", "de": "Schicht 3: die Gewichte vorher"}[language]
    assert name in text
    number = [*by_hand(3)][-1][8]  # rounded to six digits, it is itself
    found = str(number.numerator), str(float(number))
    assert number == Fraction(str(float(number)))
    assert any(one in text.rpartition(name)[2] for one in found)


def test_a_classifier_in_balls_is_trained_as_pytorch_trains_it():
    (torch,) = required("PyTorch", "torch")
    layer = TwoStates(units=1).bind(kernel="1/2", recurrent_kernel="1/4", bias=0)
    head = Dense(2, 1, activation="softmax").bind(W_y=[[1], [-1]], b_y=0)
    made = Network([[layer]], head=head, return_sequences=False)
    training = made.fit(
        [[1, -1]],
        [[0, 1]],
        loss="categorical_crossentropy",
        learning_rate="1/2",
        optimizer="momentum",
        epochs=2,
        algebra="ball",
        digits=10,
    )
    parts = {name: torch.tensor(0.5 if name == "w" else 0.25 if name == "u" else 0.0).double()
             for name in "wub"}  # fmt: skip
    weights = {f"{p}_{g}": parts[p].clone().requires_grad_() for p in "wub" for g in "fio"}
    weights["W_y"] = torch.tensor([1.0, -1.0]).double().requires_grad_()
    weights["b_y"] = torch.zeros(2).double().requires_grad_()
    # With one learning rate throughout, PyTorch's velocity comes to the same weights.
    descent = torch.optim.SGD(weights.values(), lr=0.5, momentum=0.9)
    for _ in range(2):
        h = slow = fast = torch.zeros(()).double()
        for x in (1.0, -1.0):
            z = {
                g: weights[f"w_{g}"] * x + weights[f"u_{g}"] * h + weights[f"b_{g}"] for g in "fio"
            }
            f, i, o = torch.sigmoid(z["f"]), torch.tanh(z["i"]), torch.sigmoid(z["o"])
            slow, fast = f * slow + i, (1 - f) * fast + i * i
            h = o * torch.tanh(slow + fast)
        loss = -torch.log_softmax(weights["W_y"] * h + weights["b_y"], 0)[1]
        descent.zero_grad()
        loss.backward()
        descent.step()
    text = hand_calculation(training, digits=10)
    end = chapters(text)
    ours = columns(end["Layer 1: the weights before and after"])
    assert len(ours) == 9
    for name, value in ours.items():
        theirs = weights[f"{name[0].lower()}_{name[2]}"].item()
        assert abs(float(value) - theirs) < 1e-9
    assert all(update.check().agrees for update in training.updates)
    assert "V_{W_f} ← μ V_{W_f} - η W̄_f ≈ 0.9 · " in end["Update 2: Back through layer 1"]


def test_what_cannot_be_told_is_one_clear_error():
    with pytest.raises(OutputError, match="state_jacobian is of a single layer; leave it out"):
        hand_calculation(trained(1), state_jacobian="h")
    other = network().fit(X, [2, 0, 2], batch_size=2, **OPTIONS)
    with pytest.raises(OutputError, match="differ in their batch size, and in nothing else"):
        hand_calculation((trained(1), other))
