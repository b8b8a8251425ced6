from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles import fraction_lstm
from strategies import ACTIVATIONS, CURVED, Case, cases, rationals

from symlstm import SimpleRNN

# softsign divides, and the numbers of a second update would have a million digits.
PIECEWISE_LINEAR = [name for name in ACTIVATIONS if name not in CURVED]
SQUARES = {"loss": "half_squared_error", "learning_rate": "1/10"}
LOSSES = {
    "half_squared_error": lambda squares: sum(squares) / 2,
    "mean_squared_error": lambda squares: sum(squares) / len(squares),
}


def weights(layer):
    return {group: layer.stacked(group).tolist() for group in layer.cell.groups}


@dataclass
class Data:
    """A cell, and what it is trained with."""

    case: Case
    inputs: np.ndarray
    targets: np.ndarray
    return_sequences: bool

    def fit(self, layer=None, *, chosen=slice(None), loss="half_squared_error", **options):
        return (layer or self.case.layer()).fit(
            self.inputs[chosen],
            self.targets[chosen],
            loss=loss,
            return_sequences=self.return_sequences,
            **{"learning_rate": "1/7", **options},
        )

    def in_fractions(self, k, blocks, loss):
        kernel, recurrent, bias, *peephole = blocks.values()
        options = {"peephole": peephole[0]} if peephole else {}
        names = self.case.recurrent_activation, self.case.activation
        steps = fraction_lstm(self.inputs[k], kernel, recurrent, bias, *names, **options)
        outputs = np.array([step["h"] for step in steps])
        wanted = outputs if self.return_sequences else outputs[-1]
        return LOSSES[loss](np.ravel(wanted - self.targets[k]) ** 2)


@st.composite
def training_data(draw, activations=PIECEWISE_LINEAR, max_units=2):
    case = draw(cases(max_units=max_units, max_steps=2, activations=activations))
    count, return_sequences = draw(st.integers(1, 3)), draw(st.booleans())
    over_time = (case.steps,) if return_sequences else ()
    inputs, targets = (
        draw(arrays(object, (count, *shape), elements=rationals, fill=st.nothing()))
        for shape in [(case.steps, case.input_dim), (*over_time, case.units)]
    )
    return Data(case, inputs, targets, return_sequences)


def slope(polynomial, degree):
    """The derivative at zero, by the central differences that are exact up to an even degree."""
    half = degree // 2
    differences = {k: polynomial(k) - polynomial(-k) for k in range(1, half + 1)}
    return sum(
        Fraction((-1) ** (k + 1) * comb(degree, half + k), k * comb(degree, half)) * difference
        for k, difference in differences.items()
    )


def descended(blocks, mean_loss, rate):
    def along(group, index):
        def moved(distance):
            block = blocks[group].copy()
            block[index] += distance
            return mean_loss({**blocks, group: block})

        return moved

    # The degree of the loss of two steps in one weight; a peephole multiplies the cell state.
    degree = 16 if "peephole" in blocks else 6
    after = {group: block.copy() for group, block in blocks.items()}
    for group, block in after.items():
        for index in np.ndindex(block.shape):
            block[index] -= rate * slope(along(group, index), degree)
    return after


@given(
    training_data(["linear"], max_units=1),
    st.sampled_from(sorted(LOSSES)),
    st.integers(2, 3),
    rationals.map(abs),
)
@settings(max_examples=15)
def test_weights_go_down_the_slope_of_the_loss_in_fractions(data, loss, batch_size, rate):
    training = data.fit(loss=loss, learning_rate=rate, batch_size=batch_size)
    case, losses = data.case, []
    blocks = {"kernel": case.kernel, "recurrent_kernel": case.recurrent, "bias": case.bias}
    if case.peephole:
        blocks["peephole"] = case.peepholes
    for first in range(0, len(data.inputs), batch_size):
        batch = range(len(data.inputs))[first : first + batch_size]

        def mean_loss(blocks, batch=batch):
            return sum(data.in_fractions(k, blocks, loss) for k in batch) / len(batch)

        losses.append(mean_loss(blocks))
        blocks = descended(blocks, mean_loss, rate)
    assert training.losses == losses
    assert weights(training.layer) == {group: block.tolist() for group, block in blocks.items()}


@given(training_data())
@settings(max_examples=20)
def test_identical_sequences_in_one_batch_count_as_one(data):
    alone, together = data.fit(chosen=[0]), data.fit(chosen=[0, 0, 0], batch_size=3)
    assert together.losses == alone.losses
    assert weights(together.layer) == weights(alone.layer)


@given(training_data(), st.integers(1, 3))
@settings(max_examples=20)
def test_a_learning_rate_of_zero_changes_nothing(data, batch_size):
    layer = data.case.layer()
    exact = data.fit(layer, learning_rate=0, batch_size=batch_size)
    assert weights(exact.layer) == weights(layer)
    rounded = data.fit(layer, learning_rate=0, batch_size=batch_size, algebra="float")
    for group in layer.cell.groups:
        before, after = layer.stacked(group), rounded.layer.stacked(group)
        assert after.astype(float).tolist() == before.astype(float).tolist()


@given(training_data())
@settings(max_examples=15)
def test_two_epochs_are_fitted_one_after_the_other(data):
    first = data.fit(batch_size=3)
    second = data.fit(first.layer, batch_size=3)
    both = data.fit(batch_size=3, epochs=2)
    assert both.losses == first.losses + second.losses
    assert weights(both.layer) == weights(second.layer)


@given(training_data())
@settings(max_examples=15)
def test_batches_are_taken_in_order_and_the_rest_last(data):
    first = data.fit(chosen=slice(0, 2), batch_size=2)
    rest = data.fit(first.layer, chosen=slice(2, 3)) if len(data.inputs) > 2 else None
    together = data.fit(batch_size=2)
    assert together.losses == first.losses + (rest.losses if rest else [])
    assert weights(together.layer) == weights((rest or first).layer)


@given(training_data())
@settings(max_examples=20)
def test_trained_weights_can_be_bound_again(data):
    layer = data.fit(batch_size=3).layer
    bound = layer.cell.bind(**{group: layer.stacked(group) for group in layer.cell.groups})
    assert weights(bound) == weights(layer)
    assert bound.run(data.inputs).state_h.tolist() == layer.run(data.inputs).state_h.tolist()


@pytest.mark.parametrize(
    ("loss", "targets", "loss_before", "after"),
    [
        ("half_squared_error", [7], "1/2", ["8/5", "14/5", "-2/5"]),
        ("mean_squared_error", [7], 1, ["6/5", "13/5", "-4/5"]),
        ("half_squared_error", [[1, 7]], 1, ["3/2", "14/5", "-1/2"]),
        ("mean_squared_error", [[1, 7]], 1, ["3/2", "14/5", "-1/2"]),
    ],
)
def test_a_simple_cell_by_hand(loss, targets, loss_before, after):
    """h is 2, then 8, errors of 1; its gradients by W, U and b are (1, 0, 1), then (4, 2, 4)."""
    layer = SimpleRNN(1, activation="linear").bind(kernel=2, recurrent_kernel=3, bias=0)
    options = {"loss": loss, "learning_rate": "1/10", "return_sequences": np.ndim(targets) == 2}
    training = layer.fit([[1, 1]], targets, **options)
    assert training.losses == [Fraction(loss_before)]
    layer = training.layer
    numbers = [array.item() for array in (layer.kernel, layer.recurrent_kernel, layer.bias)]
    assert numbers == [Fraction(number) for number in after]


def test_the_size_of_a_batch_matters(article):
    sequences = [[1, 2], [3, -1], [0, 1]], [1, 0, 2]
    trained = [article.fit(*sequences, **SQUARES, batch_size=size) for size in (1, 2, 3, 4)]
    assert [len(training.updates) for training in trained] == [3, 2, 1, 1]
    one, two, three, four = (weights(training.layer) for training in trained)
    assert one != two != three != one
    assert three == four


def test_the_layer_stays_as_it_is(article):
    before, options = weights(article), {**SQUARES, "epochs": 2}
    fresh = article.fit([[1, 1]], [10], **options).layer
    kept = article.run([1, 1], stateful=True)
    trained = article.fit([[1, 1]], [10], **options).layer
    assert weights(article) == before != weights(trained) == weights(fresh)
    expected = article.run([1], initial_state=[kept.state_h, kept.state_c]).state_h
    assert article.run([1], stateful=True).state_h == expected
    assert trained.run([1], stateful=True).state_h == trained.run([1]).state_h


@pytest.mark.parametrize("algebra", ["exact", "float"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_update_records_the_losses_before_it(loss, algebra):
    cell = SimpleRNN(2, activation="hard_tanh")
    layer = cell.bind(kernel="1/3", recurrent_kernel="-1/2", bias=[0, "1/4"])
    inputs, targets = np.array([[1, 2], [3, -1], [0, 1]]), np.array([[1, 0], [0, 2], [-1, 1]])
    options = {**SQUARES, "loss": loss, "batch_size": 2, "epochs": 2, "algebra": algebra}
    training = layer.fit(inputs, targets, **options)
    updates = training.updates
    assert [update.before for update in updates] == [layer, *(u.after for u in updates[:-1])]
    assert training.layer is updates[-1].after
    for number, (update, chosen) in enumerate(zip(updates, [[0, 1], [2]] * 2, strict=True), 1):
        outputs = update.before.run(inputs[chosen, :, None], algebra=algebra).state_h
        losses = [LOSSES[loss](squares) for squares in (outputs - targets[chosen]) ** 2]
        assert update.losses == pytest.approx(losses)
        assert update.loss == pytest.approx(sum(losses) / len(losses))
        assert (update.number, list(update.sequences)) == (number, [k + 1 for k in chosen])
    assert training.losses == [update.loss for update in updates]
    assert repr(updates[2]) == "Update(3, after sequences 1 to 2)"
    assert repr(updates[3]) == "Update(4, after sequence 3)"


def test_one_unit_and_one_input_need_no_axis_of_their_own(article):
    inputs, last, every = np.array([[1, 2], [3, -1]]), np.array([1, 0]), np.array([[1, 0], [2, 1]])
    for targets, return_sequences in ((last, False), (every, True)):
        options = {**SQUARES, "return_sequences": return_sequences}
        trained = [
            article.fit(x, y, **options).layer
            for x in (inputs, inputs[..., None])
            for y in (targets, targets[..., None])
        ]
        assert all(weights(layer) == weights(trained[0]) for layer in trained)


def test_weights_that_were_trained_in_floats_are_handed_back_as_floats(article):
    targets = [["1/3"]]
    training = article.fit([[1, 2]], targets, algebra="float", epochs=2, **SQUARES)
    for update in training.updates:
        for group in (update.after.kernel, update.after.recurrent_kernel, update.after.bias):
            assert group.dtype == np.float64
    layer = training.layer
    assert isinstance(layer["W_i"], float)
    assert layer.fit([[1, 2]], targets, **SQUARES).layer.kernel.dtype == object
    again = article.cell.bind(**{group: layer.stacked(group) for group in layer.cell.groups})
    assert again.run([3]).state_h == layer.run([3]).state_h  # the same numbers, bit for bit
