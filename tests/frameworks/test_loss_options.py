"""Losses of Keras and PyTorch as the arguments of ours, beside theirs; and what is refused."""

import numpy as np
import pytest
from components import required

from symlstm import Dense, loss_options, losses
from symlstm.errors import ModelError, SymlstmError

IDENTITY = Dense(3, 3).bind(kernel=np.eye(3), bias=0)


@pytest.fixture
def torch():
    return required("torch", "torch")[0]


CRITERIA = [
    *("MSELoss", "L1Loss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss"),
]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", CRITERIA)
def test_reductions_and_gradients_are_those_of_torch(torch, name, reduction):
    rng = np.random.default_rng(len(name))
    outputs = rng.uniform(0.1, 0.9, size=(2, 4, 3))
    classes = name in ("CrossEntropyLoss", "NLLLoss")
    targets = rng.integers(3, size=(2, 4)) if classes else rng.uniform(size=(2, 4, 3))
    criterion = getattr(torch.nn, name)(reduction=reduction)
    y = torch.tensor(outputs, requires_grad=True)
    by_class = y.transpose(1, 2) if classes else y
    theirs = criterion(by_class, torch.tensor(targets))
    theirs.backward()
    options = loss_options(criterion)
    loss = IDENTITY.reference(outputs, dtype="float64").loss(targets, **options)
    np.testing.assert_allclose(float(loss.value), theirs.item(), rtol=1e-14)
    np.testing.assert_allclose(loss.backward().inputs, y.grad.numpy(), rtol=1e-13)
    traced = IDENTITY.run(outputs, algebra="float").loss(targets, **options)
    np.testing.assert_allclose(traced.value, theirs.item(), rtol=1e-14)


def test_functions_and_probabilities_of_classes_are_torchs_too(torch):
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(2, 3, 3)), rng.dirichlet(np.ones(3), size=(2, 3))
    y, d = (torch.tensor(array).transpose(1, 2) for array in (outputs, targets))
    function = torch.nn.functional.cross_entropy
    value = IDENTITY.loss(outputs, targets, algebra="float", **loss_options(function)).value
    np.testing.assert_allclose(value, function(y, d).item(), rtol=1e-14)


def test_sums_over_units_are_those_of_a_loss_that_averages_them():
    outputs, targets = [[1, 2, 4], [0, 0, 0]], [[0, 0, 0], [1, 1, 0]]

    def value(loss, reduction):
        return IDENTITY.loss(outputs, targets, loss=loss, reduction=reduction).value

    assert 3 * value("mean_squared_error", "sum") == 23
    assert value("mean_squared_error", "sum_over_units") == 23
    assert value("half_squared_error", "sum_over_units") == value("half_squared_error", "sum")
    own = losses.Loss(losses.HALF_SQUARED.equations, between=("e",))
    assert 2 * value(own, "sum_over_units") == 23


NAMES = {
    "mse": "mean_squared_error",
    "MAE": "mean_absolute_error",
    "bce": "binary_crossentropy",
    "SparseCategoricalCrossentropy": "categorical_crossentropy",
}


def test_names_and_functions_are_those_of_keras(keras):
    for name, ours in NAMES.items():
        theirs = keras.losses.get(name if name != "SparseCategoricalCrossentropy" else None)
        options = loss_options(name)
        assert options == {"loss": ours, "from_logits": False, "reduction": "mean"}
        assert theirs is None or loss_options(theirs) == options
    made = keras.losses.CategoricalCrossentropy(from_logits=True, reduction="sum")
    assert list(loss_options(made).values()) == ["categorical_crossentropy", True, "sum"]


def test_what_is_no_loss_or_has_other_options_is_named(keras):
    L, of_torch, of_keras = keras.layers, required("torch", "torch.nn")[0], keras.losses

    def model(**options):
        made = keras.Sequential([L.Input((2, 1)), L.LSTM(1), L.Dense(1, **options.pop("of", {}))])
        if options:
            made.compile(**options)
        return made

    class Own(of_keras.MeanSquaredError):
        pass

    one = required("torch", "torch")[0].ones(3)
    for loss, message in [
        (of_torch.CrossEntropyLoss(ignore_index=0), "ignore_index of CrossEntropyLoss is not supp"),
        (of_torch.CrossEntropyLoss(weight=one), "weight of CrossEntropyLoss is not supported"),
        (of_torch.CrossEntropyLoss(label_smoothing=0.1), "label_smoothing of CrossEntropyLoss"),
        (of_torch.BCEWithLogitsLoss(pos_weight=one), "pos_weight of BCEWithLogitsLoss"),
        (of_torch.MSELoss(reduction="none"), "reduction is 'none', which gives no number; .*mean"),
        (of_torch.HuberLoss(), "the loss 'HuberLoss' is not supported; .*MSELoss"),
        (of_keras.Huber(), "the loss 'Huber' is not supported; .*MeanSquaredError"),
        (of_keras.BinaryCrossentropy(label_smoothing=0.1), "label_smoothing of BinaryCrossentropy"),
        (of_keras.SparseCategoricalCrossentropy(ignore_class=1), "ignore_class of Sparse"),
        (of_keras.MeanSquaredError(reduction=None), "reduction is None, which gives no number"),
        (Own(), "nothing of type Own is a loss of Keras or PyTorch"),
        ("huber", "the loss 'huber' is not supported"),
        (
            3,
            "nothing of type int is a loss of Keras or PyTorch; .*Loss of your own",
        ),
        (model(), "is not compiled with one loss; give the loss itself"),
        (model(loss=["mse"], loss_weights=[2.0]), "has loss_weights, which its loss depends on"),
        (model(loss="mse", of={"kernel_regularizer": "l2"}), "has regularizers, or add_loss"),
    ]:
        with pytest.raises(ModelError, match=message) as caught:
            loss_options(loss)
        assert "\n" not in str(caught.value)
    assert loss_options(model(loss=["mae"]))["loss"] == "mean_absolute_error"
    with pytest.raises(SymlstmError, match=r"MSELoss\(\); .*symlstm.loss_options"):
        IDENTITY.loss([[1, 1, 1]], [[0, 0, 0]], loss=of_torch.MSELoss())
