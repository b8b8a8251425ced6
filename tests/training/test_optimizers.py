"""Optimizers, against each written by hand, and against PyTorch's."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from components import required
from optimizers import RATE, SETTINGS, trained_by_hand

from symlstm import LSTM, SimpleRNN
from symlstm.errors import NotExactError, NumberError, SymlstmError
from symlstm.numbers.exact import real
from symlstm.training.optimizers import OPTIMIZERS

SEQUENCES = [(["1", "-1/2"], ["1/3", "1"]), (["2", "1/4"], ["-1", "1/5"])]
EPOCHS = 2
RATIONAL = [name for name in SETTINGS if "adam" not in name]


def fit(activation, name, **options):
    layer = SimpleRNN(1, activation=activation)
    layer = layer.bind(kernel="1/2", recurrent_kernel="1/4", bias="1/8")
    inputs, targets = zip(*SEQUENCES, strict=True)
    options = {"learning_rate": RATE, "epochs": EPOCHS, **SETTINGS[name], **options}
    return layer.fit(
        list(inputs),
        list(targets),
        loss="half_squared_error",
        return_sequences=True,
        optimizer=name,
        **options,
    )


def weights(layer):
    return [layer.kernel.item(), layer.recurrent_kernel.item(), layer.bias.item()]


def test_every_optimizer_is_tested():
    assert {*SETTINGS} == {*OPTIMIZERS}


@pytest.mark.parametrize("name", RATIONAL)
def test_exact_updates_are_those_by_hand_in_fractions(name):
    linear = {"activation": lambda z: z, "slope": lambda h: 1}
    by_hand = trained_by_hand(name, Fraction, SEQUENCES, EPOCHS, **linear)
    assert weights(fit("linear", name).layer) == by_hand


@pytest.mark.parametrize("name", SETTINGS)
def test_certified_updates_are_those_by_hand_at_sixty_digits(name):
    def number(text):
        p, _, q = text.partition("/")
        return mpmath.mpf(p) / mpmath.mpf(q or 1)

    with mpmath.workdps(80):
        tanh = {"activation": mpmath.tanh, "slope": lambda h: 1 - h * h}
        by_hand = trained_by_hand(name, number, SEQUENCES, EPOCHS, **tanh)
        ours = weights(fit("tanh", name, algebra="ball", digits=60).layer)
        for ball, expected in zip(ours, by_hand, strict=True):
            middle = mpmath.mpf(ball.mid().str(75, radius=False))
            assert abs(middle - expected) < mpmath.mpf(10) ** -60 * abs(expected)
            assert ball.rad() < abs(ball.mid()) / 10**60


@pytest.mark.parametrize("name", RATIONAL)
def test_balls_hold_the_exact_values_of_every_update(name):
    exact, balls = fit("hard_sigmoid", name), fit("hard_sigmoid", name, algebra="ball", digits=40)
    for one, other in zip(exact.updates, balls.updates, strict=True):
        assert other.check().agrees
        for true, ball in zip(weights(one.after), weights(other.after), strict=True):
            known = real(ball)
            assert known.low <= real(true) <= known.high


TORCH = {
    "sgd": lambda optim, parameters: optim.SGD(parameters, 0.1),
    "torch_momentum": lambda optim, parameters: optim.SGD(parameters, 0.1, momentum=0.75),
    "torch_nesterov": lambda optim, p: optim.SGD(p, 0.1, momentum=0.75, nesterov=True),
    "torch_adam": lambda optim, p: optim.Adam(p, 0.1, betas=(0.75, 0.9), eps=0.001),
}


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("seed", range(3))
def test_updates_in_floats_are_those_of_pytorch(name, seed):
    (torch,) = required("torch", "torch")
    rng = np.random.default_rng(seed)
    units, dim, count, steps = (int(n) for n in rng.integers(1, 4, 4))
    theirs = torch.nn.LSTM(dim, units, batch_first=True, dtype=torch.float64)
    state = {name: value.numpy().copy() for name, value in theirs.state_dict().items()}
    state["bias_hh_l0"][:] = 0
    theirs.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    theirs.bias_hh_l0.requires_grad_(False)
    x, y = rng.normal(size=(count, steps, dim)), rng.normal(size=(count, steps, units))
    layer = LSTM(units, dim).bind(layout="torch", **state)
    trained = layer.fit(
        x,
        y,
        loss="half_squared_error",
        return_sequences=True,
        optimizer=name,
        learning_rate=0.1,
        batch_size=2,
        epochs=3,
        algebra="float",
        **{key: float(Fraction(value)) for key, value in SETTINGS[name].items()},
    )
    optimizer = TORCH[name](torch.optim, [p for p in theirs.parameters() if p.requires_grad])
    for _ in range(3):
        for first in range(0, count, 2):
            chosen = slice(first, min(first + 2, count))
            outputs, _ = theirs(torch.tensor(x[chosen]))
            optimizer.zero_grad()
            errors = outputs - torch.tensor(y[chosen])
            ((errors**2).sum() / 2 / len(errors)).backward()
            optimizer.step()
    ours = trained.layer.stacked(layout="torch")
    for key in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"):
        expected = theirs.state_dict()[key].numpy()
        np.testing.assert_allclose(ours[key].astype(float), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"optimizer": "adadelta"}, SymlstmError, "optimizer is 'adadelta'; known: sgd"),
        ({"optimizer": None}, SymlstmError, "optimizer is None"),
        ({"momentum": "1/2"}, SymlstmError, "'sgd' has no momentum; those that have are momentum,"),
        ({"batchsize": 2}, SymlstmError, "'sgd' has no batchsize; did you mean 'batch_size'"),
        ({"optimizer": "adam", "eps": 1}, SymlstmError, "'eps' is called 'epsilon' here"),
        ({"optimizer": "momentum", "momentum": 1}, NumberError, "momentum is 1; give less than 1"),
        ({"optimizer": "momentum", "momentum": -1}, NumberError, "momentum is -1; give 0 or more"),
        ({"digits": 5}, SymlstmError, "digits are certified with algebra='ball', and algebra is"),
        ({"algebra": "decimal"}, SymlstmError, "choose 'exact', 'ball' or 'float'"),
        ({"algebra": "ball", "digits": 0}, NumberError, "digits is 0"),
        ({"inputs": [["1 ± 1", 0]]}, NumberError, "an interval"),
        ({"targets": ["1 ± 1"]}, NumberError, "an interval"),
    ],
)
def test_what_does_not_fit_is_named(article, wrong, error, message):
    options = {"inputs": [[1, 1]], "targets": [1], "loss": "half_squared_error", **wrong}
    with pytest.raises(error, match=message):
        article.fit(learning_rate=RATE, **options)


@pytest.mark.parametrize("name", ["adam", "torch_adam"])
def test_a_gradient_that_is_zero_and_not_known_to_be_moves_nothing(name):
    layer = SimpleRNN(1).bind(kernel="1/2", recurrent_kernel="1/4", bias=0)
    options = {"loss": "half_squared_error", "learning_rate": RATE, "algebra": "ball"}
    opposite = [["1/3"], ["-1/3"]], [1, -1]
    trained = layer.fit(*opposite, batch_size=2, epochs=2, optimizer=name, **options).layer
    assert trained.recurrent_kernel.item() == Fraction(1, 4)  # there is no step before
    assert trained.bias.item().contains(0)
    assert trained.bias.item().rad() < 1e-20
    assert trained.kernel.item() > 0.6


@pytest.mark.parametrize("name", ["adam", "torch_adam"])
def test_an_optimizer_with_a_root_has_no_exact_values(name):
    with pytest.raises(NotExactError, match=f"optimizer '{name}' has a square_root, .* train with"):
        fit("linear", name)


def test_what_is_lost_in_one_update_is_won_back_by_beginning_again():
    options = {"algebra": "ball", "digits": 8, "epochs": 12, "learning_rate": 6}
    training = fit("tanh", "sgd", **options)
    precise = fit("tanh", "sgd", **{**options, "digits": 40})
    assert training.updates[0].algebra.precision > 59  # to begin with: 8 digits, and 32 bits
    for one, other in zip(training.updates, precise.updates, strict=True):
        for ball, same in zip(weights(one.after), weights(other.after), strict=True):
            assert ball.overlaps(same)
            assert ball.rad() < abs(ball.mid()) / 10**8


def test_intervals_are_trained_once_and_as_wide_as_they_are():
    layer = SimpleRNN(1).bind(kernel="1/2 ± 1/1000", recurrent_kernel="1/4", bias="1/8")
    options = {"loss": "half_squared_error", "learning_rate": RATE, "algebra": "ball"}
    wide = layer.fit([["1 ± 1/100", 1]], ["1 ± 1/50"], **options).layer
    for kernel, x, y in (("0.499", "0.99", "0.98"), ("0.501", "1.01", "1.02"), ("1/2", 1, 1)):
        bound = layer.cell.bind(kernel=kernel, recurrent_kernel="1/4", bias="1/8")
        one = bound.fit([[x, 1]], [y], **options).layer
        assert all(a.contains(b) for a, b in zip(weights(wide), weights(one), strict=True))
    with pytest.raises(NotExactError, match="W has the interval"):
        layer.fit([[1, 1]], [1], **{**options, "algebra": "float"})


def test_a_layer_that_was_trained_in_balls_is_run_and_trained_on():
    first = fit("tanh", "nesterov", algebra="ball", epochs=1)
    again = first.layer.fit(
        [[1, 2]], [1], loss="half_squared_error", learning_rate=RATE, algebra="ball"
    )
    assert again.layer.kernel.item().rad() < 1e-25
    trace = first.layer.run([1, 2], algebra="ball")
    assert trace.state_h.rad() < 1e-25
    with pytest.raises(NotExactError, match="W has the interval"):
        first.layer.run([1, 2], algebra="float")


def test_a_rate_of_zero_leaves_exact_weights_as_near_as_balls_are():
    layer = fit("tanh", "sgd", algebra="ball", learning_rate=0).layer
    assert [str(w) for w in weights(layer)] == ["1/2", "1/4", "1/8"]  # these, balls hold exactly
