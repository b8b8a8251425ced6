"""What training refuses, and how it says so."""

import numpy as np
import pytest

from symlstm import LSTM, PeepholeLSTM, SimpleRNN
from symlstm.errors import NotExactError, NumberError, ShapeError, SymlstmError, TooLargeError

SQUARES = {"loss": "half_squared_error", "learning_rate": "1/10"}


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"loss": "half_square_error"}, SymlstmError, "did you mean 'half_squared_error'"),
        ({"loss": "MSELoss"}, SymlstmError, "'MSELoss' is called 'mean_squared_error' here"),
        ({"loss": None}, SymlstmError, "loss is None; .*known: half_squared_error, mean_squared"),
        ({"learning_rate": "fast"}, NumberError, "learning_rate is 'fast', which is no finite"),
        ({"learning_rate": "-1/2"}, NumberError, "learning_rate is '-1/2'; give 0 or more"),
        ({"max_digits": 0}, NumberError, "max_digits is 0"),
        ({"batch_size": 0}, NumberError, "batch_size is 0; give a whole number, 1 or more"),
        ({"epochs": 0}, NumberError, "epochs is 0; give a whole number, 1 or more"),
        ({"algebra": "exakt"}, SymlstmError, "algebra is 'exakt'; did you mean 'exact'"),
        (
            {"inputs": [1, 1]},
            ShapeError,
            r"shape \(2,\); give \(sequences, T\) or \(sequ.*, with",
        ),
        ({"inputs": [[[1, 1]]]}, ShapeError, r"inputs have shape \(1, 1, 2\); give"),
        ({"inputs": [[]]}, ShapeError, r"inputs have shape \(1, 0\)"),
        ({"inputs": [[1, 1], [1]]}, ShapeError, "the rows of inputs differ in length"),
        ({"targets": ["x"]}, NumberError, r"targets\[0\] is 'x'"),
        ({"targets": 1}, ShapeError, r"shape \(\); give \(1,\) or \(1, 1\), one for each last out"),
        ({"targets": [1, 2]}, ShapeError, r"targets have shape \(2,\).*\(return_sequences=True is"),
        ({"return_sequences": True}, ShapeError, r"\(1, 2\) or \(1, 2, 1\), one for every output$"),
    ],
)
def test_what_does_not_fit_is_named(article, wrong, error, message):
    options = {"inputs": [[1, 1]], "targets": [10], **SQUARES, **wrong}
    with pytest.raises(error, match=message) as caught:
        article.fit(**options)
    at_fault = "targets" if "return_sequences" in wrong else next(iter(wrong))
    assert caught.value.argument.partition("[")[0] == at_fault


def test_wide_cells_are_told_their_own_shapes():
    layer = SimpleRNN(3, 2, activation="linear").bind(kernel=1, recurrent_kernel=1, bias=0)
    with pytest.raises(ShapeError, match=r"\(4, 2\); give \(sequences, T, 2\), with"):
        layer.fit(np.ones((4, 2)), np.ones((1, 3)), **SQUARES)
    with pytest.raises(ShapeError, match=r"\(3,\); give \(1, 3\), one for each last output"):
        layer.fit(np.ones((1, 4, 2)), np.ones(3), **SQUARES)
    with pytest.raises(ShapeError, match=r"\(1, 3\); give \(1, 4, 3\), one for every output$"):
        layer.fit(np.ones((1, 4, 2)), np.ones((1, 3)), **SQUARES, return_sequences=True)


@pytest.mark.parametrize("cell", [LSTM, PeepholeLSTM, SimpleRNN])
def test_what_has_no_exact_values_is_trained_in_float64_only(cell):
    layer = cell(1).bind(**dict.fromkeys(cell(1).groups, 1))
    with pytest.raises(
        NotExactError, match=r"(tanh|sigmoid) .*train with algebra='ball' or algebra='float', or"
    ):
        layer.fit([[1]], [0], **SQUARES)
    training = layer.fit([[1]], [0], **SQUARES, epochs=10, algebra="float")
    assert training.losses == sorted(training.losses, reverse=True)
    assert training.losses[-1] < training.losses[0]


@pytest.mark.parametrize(
    ("inputs", "rate", "name"),
    [([[1e200, 1]], 1, "Delta_h"), ([[1e100]], 1e300, "W_i"), ([[1]], "1e400", "W_i")],
)
def test_a_training_that_overflows_is_an_error(article, inputs, rate, name):
    options = {"loss": "half_squared_error", "learning_rate": rate, "algebra": "float"}
    message = rf"^{name} has overflowed in float64; try a smaller learning_rate"
    with pytest.raises(NumberError, match=message):
        article.fit(inputs, [0], **options)


def test_weights_that_grow_out_of_hand_end_the_training(article):
    options = {**SQUARES, "max_digits": 2}
    sequences, targets = [[1, 1]] * 3, [10, 1, 0]
    with pytest.raises(TooLargeError, match=r"after update 1 a weight has \d digits, more than"):
        article.fit(sequences, targets, **{**options, "max_digits": 1})
    with pytest.raises(TooLargeError, match=r"after update 2 a weight has .*algebra='float'"):
        article.fit(sequences, targets, **options)
    assert len(article.fit(sequences, targets, **{**options, "max_digits": 1000}).updates) == 3
    assert len(article.fit(sequences[:2], targets[:2], **options).updates) == 2
