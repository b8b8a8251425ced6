"""The budget: what would cost too much is refused before it is begun, and honest work is not."""

import time

import numpy as np
import pytest

from symlstm import LSTM, Network, ProjectedLSTM, SimpleRNN, audit, budget, hand_calculation
from symlstm.errors import NumberError, SymlstmError, TooLargeError
from symlstm.numbers.budget import LIMITS, afford, most
from symlstm.testing.layer_case import random_case

HARD = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
HUGE = 10**30


@pytest.fixture
def layer():
    return LSTM(units=1, **HARD).bind(kernel=1, recurrent_kernel="1/2", bias=0)


def fitted(layer, **options):
    options = {"loss": "half_squared_error", "learning_rate": 1, **options}
    return layer.fit([[1]], [0], **options)


TOO_MUCH = {
    "units": lambda _: LSTM(units=HUGE),
    "input_dim": lambda _: SimpleRNN(1, input_dim=HUGE),
    "proj_size": lambda _: ProjectedLSTM(units=HUGE + 1, proj_size=HUGE),
    "steps": lambda layer: layer.cell.unroll(HUGE),
    "max_size": lambda layer: layer.cell.unroll(1, max_size=HUGE),
    "digits": lambda layer: layer.run([1], algebra="ball", digits=HUGE),
    "epochs": lambda layer: fitted(layer, epochs=HUGE),
    "kernel": lambda layer: layer.cell.bind(kernel="9" * 20_000, recurrent_kernel=0, bias=0),
    "inputs": lambda layer: layer.run(["1/" + "9" * 20_000]),
    "closed_form_size": lambda layer: hand_calculation(layer.run([1]), closed_form_size=HUGE),
}


@pytest.mark.parametrize("argument", TOO_MUCH)
def test_what_would_cost_too_much_is_refused_and_named(layer, argument):
    with pytest.raises(TooLargeError, match=r"allow more with --limit (\w+)=") as caught:
        TOO_MUCH[argument](layer)
    wanted = {"proj_size": "units"}.get(argument, argument)
    assert caught.value.argument.partition("[")[0] == wanted
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("option", ["steps", "batch"])
def test_random_cases_are_of_a_size(option):
    with pytest.raises(TooLargeError, match="numbers in an array"):
        random_case(**{option: HUGE})


@pytest.mark.parametrize("option", ["workers", "cases", "steps", "batch"])
def test_audits_are_of_a_size(layer, option):
    with pytest.raises(TooLargeError) as caught:
        audit(lambda x: x, layer=layer, **{option: HUGE})
    assert caught.value.argument == {"batch": "steps"}.get(option, option)


def test_a_wide_layer_is_not_run_for_ever():
    layer = LSTM(units=1024, **HARD).bind(kernel=0, recurrent_kernel=0, bias=0)
    inputs = np.zeros((1000, 1), dtype=int)
    for run in (layer.run, Network([[layer]]).run):
        with pytest.raises(TooLargeError, match="multiplications, none of them in floats"):
            run(inputs)
        with pytest.raises(TooLargeError, match="multiplications"):
            run(inputs, algebra="ball")


def test_long_documents_are_refused_and_of_200_steps_are_not(layer):
    page = hand_calculation(layer.run([1] * 200), worked=False)
    assert "h_200" in page or "200" in page
    with pytest.raises(TooLargeError, match="lines of values"):
        hand_calculation(layer.run([0] * 5000))


def test_limits_are_raised_inside_alone(layer):
    with budget(updates=1), pytest.raises(TooLargeError, match="2 updates of the weights"):
        fitted(layer, epochs=2)
    with budget(updates=1), budget(updates=2), budget(cases=1):
        assert most("updates") == 2
        assert len(fitted(layer, epochs=2).updates) == 2
    assert most("updates") == LIMITS["updates"][0]


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"update": 1}, "did you mean 'updates'"), ({"updates": -1}, "0 or more"),
     ({"updates": 1.5}, "whole number"), ({"updates": True}, "whole number")],
)  # fmt: skip
def test_limits_that_are_none_are_refused(limits, message):
    with pytest.raises(SymlstmError, match=message), budget(**limits):
        pass


def test_what_is_allowed_is_returned():
    assert afford("cases", 3, what="three") == LIMITS["cases"][0]
    with budget(cases=3):
        assert afford("cases", 3, what="three") == 3


def test_numbers_beyond_an_exponent_are_errors_of_ours(layer):
    for literal in ("0 ± 1e9999999", "1e10001", "1e-10001"):
        with pytest.raises(NumberError, match="inputs"):
            layer.run([literal], algebra="ball")


def test_thousands_of_digits_of_a_ball_can_be_printed():
    layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    trace = layer.run([1], algebra="ball", digits=9000)
    page = hand_calculation(trace)
    start = trace.state_h.str(40, radius=False)[:30]
    assert start in page


def test_exact_runs_end_before_a_step_that_would_be_too_long():
    options = {"activation": "softsign", "recurrent_activation": "softsign"}
    layer = LSTM(units=1, **options).bind(kernel="1/3", recurrent_kernel=1, bias=0)
    start = time.process_time()
    with pytest.raises(TooLargeError, match=r"step 10 has numbers of .* step 11 .* algebra='ball'"):
        layer.run([1] * 60)
    assert time.process_time() - start < 60  # and not for ever
    with pytest.raises(TooLargeError, match="more than max_digits=1000"):
        Network([[layer]]).run([1] * 60, max_digits=1000)
    trace = layer.run([1] * 4, max_digits=10_000)
    again = layer.run([1] * 4, max_digits=10**9)
    assert trace.state_h == again.state_h


def longest_numbers(layer, digits):
    """Yield the longest number after one step, after two, ..., until that is refused."""
    for steps in range(1, 20):
        try:
            trace = layer.run([1] * steps, max_digits=digits)
        except TooLargeError:
            return
        yield max(max(h.p, h.q) for h in trace.state_h)


def test_long_weights_are_no_reason_to_refuse_a_second_step():
    """That step 1 has more digits than a state of zero says nothing of step 2."""
    cell = LSTM(units=1, activation="linear", recurrent_activation="linear")
    layer = cell.bind(kernel="1/" + "7" * 3000, recurrent_kernel=0, bias=0)
    assert layer.run([1, 1]).state_h.q > 10**3000


def test_a_step_that_explodes_is_left_in_its_midst():
    rng = np.random.default_rng(0)
    cell = LSTM(units=40, activation="softsign", recurrent_activation="softsign")
    shapes = (1, 160), (40, 160), (160,)
    names = ("kernel", "recurrent_kernel", "bias")
    weights = {
        name: [[f"1/{n}" for n in row] for row in np.atleast_2d(rng.integers(2, 10**6, shape))]
        for name, shape in zip(names, shapes, strict=True)
    }
    layer = cell.bind(**{**weights, "bias": weights["bias"][0]})
    with pytest.raises(TooLargeError, match="more than max_digits=200"):
        layer.run([1] * 9, max_digits=200)


@pytest.mark.parametrize("digits", [100, 1000, 10_000])
def test_what_runs_is_as_long_as_was_foretold(digits):
    """Of the steps that are run, none has many more digits than allowed."""
    cell = LSTM(units=2, activation="linear", recurrent_activation="linear")
    layer = cell.bind(kernel="1/3", recurrent_kernel="2/7", bias="1/5")
    longest = list(longest_numbers(layer, digits))
    assert 2 <= len(longest) < 19
    assert all(number < 10**digits for number in longest[:-1])
    assert longest[-1] < 10 ** (2 * digits)


@pytest.mark.parametrize("activation", ["linear", "softsign"])
def test_exact_backward_passes_end_before_they_take_minutes(activation):
    cell = LSTM(units=1, activation=activation, recurrent_activation=activation)
    layer = cell.bind(kernel="1/3", recurrent_kernel="1/3", bias=0)
    ended = None
    for steps in range(4, 13):
        trace = layer.run([1] * steps, max_digits=20_000)
        try:
            trace.backward()
        except TooLargeError as error:
            ended = error
            break
    assert ended is not None
    assert ended.argument == "max_digits"
    assert "the gradients at step" in str(ended)
    with pytest.raises(TooLargeError, match="the gradients at step"):
        trace.state_jacobian("c")


def test_the_articles_network_runs_for_fifteen_steps_and_prints(article):
    value = article.run([1] * 15).state_h
    text = str(value)
    assert text.isdigit()
    assert int(text[:10]) == int(value) // 10 ** (len(text) - 10) > 10**9


def test_a_check_of_floats_needs_no_endless_fractions():
    options = {"activation": "softsign", "recurrent_activation": "softsign"}
    layer = LSTM(units=1, **options).bind(kernel="1/3", recurrent_kernel=1, bias=0)
    check = layer.run([1] * 40, algebra="float").check()
    assert check.agrees
    assert check.certified
