"""Seeds: by any value at any step, and made of balls."""

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb

from symlstm import LSTM, Network, interval
from symlstm.errors import CellError, NotExactError, NumberError, ShapeError

OUTSIDE = {"c": {2: 3}, "i": {1: "1/2"}, "z_o": [0, 0, 5], "h": {3: 1}}
NUMBERS = {"W": 0.5, "U": 0.25, "b": 0.125}
INPUTS, TARGETS = [1, -2, 3], ["1/2", "5/4", "-1/3"]


def loss_in_mpmath(weights):
    """Half the squared errors of an LSTM of one unit, written by hand."""
    h = c = mpmath.mpf(0)
    loss = mpmath.mpf(0)

    def sigma(z):
        return 1 / (1 + mpmath.exp(-z))

    for x, y in zip(INPUTS, TARGETS, strict=True):
        z = weights["W"] * x + weights["U"] * h + weights["b"]
        c = sigma(z) * c + sigma(z) * mpmath.tanh(z)
        h = sigma(z) * mpmath.tanh(c)
        p, q = map(int, y.split("/"))
        loss += (h - mpmath.mpf(p) / q) ** 2 / 2
    return loss


def test_a_seed_by_any_value_at_any_step_is_what_sympy_derives():
    cell = LSTM(1, activation="linear", recurrent_activation="linear")
    trace = cell.unroll(3, initial_state="symbolic", max_size=10**6)
    gradients = trace.backward(seeds=OUTSIDE)
    loss = 3 * trace[2].c + trace[1].i / 2 + 5 * trace[3].z_o + trace[3].h
    point = {s: sympy.Rational(k % 7 - 3, k % 4 + 1) for k, s in enumerate(loss.free_symbols)}
    for name in (*cell.weights, "h_0", "c_0"):
        base, _, step = name.rpartition("_")
        ours = gradients[int(step)][base] if step.isdecimal() else gradients[name]
        derived = loss.diff(np.ravel(cell.symbols(name))[0])
        assert ours.xreplace(point) == derived.xreplace(point)


def test_seeds_add_up_and_have_the_shapes_of_values():
    layer = LSTM(2, activation="relu").bind(kernel="1/2", recurrent_kernel="1/3", bias=1)
    trace = layer.run([[[1], [2]], [[0], [-1]]], algebra="float")
    every, over = np.arange(8).reshape(2, 2, 2) / 4, np.zeros((2, 2, 2))
    over[:, -1] = 1
    same = [
        ({"grad_sequence": every}, {"seeds": {"h": every}}),
        ({"grad_state_c": [[1, 2], [3, 4]]}, {"seeds": {"c": {2: [[1, 2], [3, 4]]}}}),
        ({}, {"seeds": {"h": over}}),
        ({"grad_state_h": 3}, {"grad_state_h": 1, "seeds": {"h": {2: 2}}}),
    ]
    for named, seeded in same:
        by_name, by_seed = trace.backward(**named), trace.backward(**seeded)
        np.testing.assert_array_equal(by_name.kernel, by_seed.kernel)
        np.testing.assert_array_equal(by_name.inputs, by_seed.inputs)


def test_a_state_that_is_held_hands_its_seed_to_where_it_was_computed(article):
    options = {"mask": [True, False, True]}
    trace, plain = article.run([1, 5, 2], **options), article.run([1, 2])
    gradients = trace.backward(seeds={"c": {1: 1, 2: 2}, "i": [1, 0, 1]})
    expected = plain.backward(seeds={"c": {1: 3}, "i": [1, 1]})
    assert gradients.kernel.tolist() == expected.kernel.tolist()
    with pytest.raises(CellError, match="'i' at a step that is masked, which keeps h and c alone"):
        trace.backward(seeds={"i": {2: 1}})


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        (1, CellError, "seeds is 1; give them by name"),
        ({"q": 1}, CellError, "computes no 'q'; known"),
        ({"x": 1}, CellError, "computes no 'x'"),
        ({"c": {0: 1}}, CellError, "'c' at 0; the steps are 1 to 3"),
        ({"c": {"1": 1}}, CellError, "'c' at '1'"),
        ({"c": {1: [1, 2]}}, ShapeError, r"seeds\['c'\]\[1\] has shape \(2,\)"),
        ({"c": {1: "1 ± 1"}}, NumberError, "and for the gradients that its backward pass"),
    ],
)
def test_seeds_that_do_not_fit_are_named(article, seeds, error, message):
    with pytest.raises(error, match=message):
        article.run([1, 1, 1]).backward(seeds=seeds)


def test_a_network_takes_seeds_by_the_values_of_its_layers(article):
    below, above = article, article.cell.bind(kernel="1/2", recurrent_kernel=1, bias=1)
    network = Network([[below], [above]])
    trace = network.run([1, 2])
    gradients = trace.backward(seeds={0: {"i": {1: 3}}, 1: {"c": {1: 1}}})
    first, second = trace.layers
    top = second.backward(seeds={"c": {1: 1}})
    by_hand = first.backward(grad_sequence=top.inputs, seeds={"i": {1: 3}})
    assert gradients.layers[1].kernel.tolist() == top.kernel.tolist()
    assert gradients.layers[0].kernel.tolist() == by_hand.kernel.tolist()
    rounded = network.reference([1, 2]).backward(seeds={0: {"i": {1: 3}}, 1: {"c": {1: 1}}})
    floats = rounded.layers[0].kernel.tolist()
    assert floats == by_hand.kernel.astype(float).tolist()
    alone = network.run([1, 2], algebra="ball").backward(seeds={0: {"i": {1: 3}}})
    assert alone.layers[1]["W_i"].item() == 0
    for seeds in ({"c": 1}, {2: {"c": 1}}, 5):
        with pytest.raises(CellError, match="give those of each layer by its number, from 0 to 1"):
            trace.backward(seeds=seeds)
    seeded = network.reference([1, 2]).layers[0].backward(seeds={"c": {1: 1}})
    assert seeded["W_i"].item() == float(article.run([1, 2]).backward(seeds={"c": {1: 1}})["W_i"])


def test_seeds_that_are_balls_give_the_gradients_of_the_loss():
    layer = LSTM(1).bind(kernel="1/2", recurrent_kernel="1/4", bias="1/8")
    trace = layer.run(INPUTS, algebra="ball", digits=45)
    errors = trace.sequence_out - [arb(y.split("/")[0]) / int(y.split("/")[1]) for y in TARGETS]
    gradients = trace.backward(grad_sequence=errors)
    with mpmath.workdps(90):
        step = mpmath.mpf(10) ** -30
        for letter, group in (("W", "kernel"), ("U", "recurrent_kernel"), ("b", "bias")):
            moved = [
                loss_in_mpmath({**NUMBERS, letter: mpmath.mpf(NUMBERS[letter]) + sign * step})
                for sign in (1, -1)
            ]
            slope = (moved[0] - moved[1]) / (2 * step)
            ours = sum(np.ravel(gradients.stacked(group)))
            assert float(ours.rad()) < 1e-14  # those of the errors, near to the seeds' own
            assert abs(mpmath.mpf(ours.mid().str(60, radius=False)) - slope) < 1e-13


def test_seeds_that_are_intervals_hold_for_every_number_in_them(article):
    trace = article.run([1, 2], algebra="ball")
    wide = trace.backward(grad_sequence=[interval(1, "1/4"), "2 ± 1"])
    for seeds in (["3/4", 1], [1, 2], ["5/4", 3], ["3/4", 3]):
        true = article.run([1, 2]).backward(grad_sequence=seeds)["W_f"]
        assert wide["W_f"].contains(arb(int(true.p)) / int(true.q))
    with pytest.raises(NotExactError, match="the gradient by h has the interval"):
        wide.check()
    exact = trace.backward(grad_sequence=[arb(1), arb(2)])
    assert exact["W_f"].overlaps(wide["W_f"])
    assert exact.check().agrees


def test_a_network_takes_balls_from_above(article):
    network = Network([[article], [article]])
    trace = network.run([1, 2], algebra="ball")
    gradients = trace.backward(grad_sequence=[["1 ± 1/8"], [2]], grad_state_h=[[arb("0.1")], [0]])
    exact = network.run([1, 2]).backward(grad_sequence=[[1], [2]], grad_state_h=[["1/10"], [0]])
    for ours, true in zip(gradients.layers, exact.layers, strict=True):
        ball, number = np.ravel(ours["W_i"]).item(), np.ravel(true["W_i"]).item()
        assert ball.contains(arb(int(number.p)) / int(number.q))
    with pytest.raises(NotExactError, match="grad_sequence has the interval"):
        gradients.check()
