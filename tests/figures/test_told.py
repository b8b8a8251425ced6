"""What figures tell of values beside their numbers: what is exact, and where it comes from."""

import re
from fractions import Fraction

import pytest
from own_cells import Alone, Leaky

from symlstm import LSTM, PeepholeLSTM, figure
from symlstm.figures.scene import Label, pieces

LONG = Fraction(10**40 + 7, 3 * 10**39 + 1)
RATIONAL = {"activation": "linear", "recurrent_activation": "linear"}


def bound(kernel):
    return LSTM(1, **RATIONAL).bind(kernel=kernel, recurrent_kernel=1, bias=0)


def labels(drawn):
    return [p for p in pieces(drawn.scene.groups) if isinstance(p, Label) and p.meaning]


def of(drawn, quantity):
    return next(label for label in labels(drawn) if label.meaning.quantity == quantity)


def test_a_fraction_that_is_rounded_on_its_wire_is_exact_in_its_title():
    z = of(figure(bound(LONG).run([1]), step=1), "z_i")
    assert (z.head.plain[-1], z.meaning.relation, z.meaning.value) == ("≈", "=", str(LONG))


def test_what_a_run_in_floats_was_given_is_told_as_it_was():
    drawn = figure(bound(1).run(["1/3"], algebra="float"), step=1)
    assert [of(drawn, name).meaning.relation for name in ("x", "z_i")] == ["=", "≈"]


@pytest.mark.parametrize("make", [LSTM, PeepholeLSTM])
@pytest.mark.parametrize("step", [1, 2])
def test_no_helper_is_named(make, step):
    cell = make(1, **RATIONAL)
    layer = cell.bind(**dict.fromkeys(cell.groups, 1))
    drawn = figure(layer.run([1, 2]).backward(), step=step)
    told = [label.meaning.equation for label in labels(drawn)]
    assert len(told) > 10
    assert not [one for one in told if re.search(r"q_|handed|MatrixSymbol|Product", one)]


def test_by_an_input_that_is_not_used_there_is_no_gradient():
    gradients = Alone(1).bind().run([1, 2]).backward()
    shown = {label.meaning.quantity for label in labels(figure(gradients, step=1))}
    assert shown == {"h_bar", "k_bar"}


def test_an_output_that_is_no_state_is_held_beside_the_states():
    trace = Leaky(1, **RATIONAL).bind(W_c=1, U_y=2, b_c=1).run([1, 2, 3], mask=[0, 1, 0])
    shown = [
        {(one.meaning.quantity, one.meaning.value) for one in labels(figure(trace, step=step))}
        for step in (1, 3)
    ]
    assert shown == [{("c", "0")}, {("c", "2"), ("y", "4")}]


def weights(layer):
    every = labels(figure(layer, what="network"))
    return [label.head.plain for label in every if label.head.plain.startswith("W")]


def test_weights_that_are_rounded_say_so_and_are_not_alike():
    other = LONG + Fraction(1, 10**30)
    kernel = {"i": LONG, "f": LONG, "c": other, "o": "1/2"}
    assert weights(bound(kernel)) == ["W_i = W_f ≈ 3.333", "W_c ≈ 3.333", "W_o = 0.5"]


def test_weights_may_be_intervals():
    (one,) = weights(bound("0.5 ± 0.25"))
    assert one == "W_i = W_f = W_c = W_o ∈ [0.25, 0.75]"


@pytest.mark.parametrize(("number", "sign"), [(1, "="), ("1 ± 1", r"\in")])
def test_matrices_stand_after_the_sign_that_their_numbers_do(number, sign):
    layer = LSTM(2, 1, **RATIONAL).bind(kernel=number, recurrent_kernel=1, bias=0)
    heads = [one.head for one in labels(figure(layer, what="network")) if one.head]
    of_kernel = next(one.latex for one in heads if one.plain.startswith("W_i"))
    assert f"${sign}$ $" in of_kernel
    assert r"\begin" not in of_kernel  # nor higher than their line
    assert of_kernel.isascii()


def test_of_large_weights_the_size_stands_there():
    cell = LSTM(6, 5, **RATIONAL)
    layer = cell.bind(kernel="1/3", recurrent_kernel=1, bias=0)
    assert weights(layer) == ["W_i, W_f, W_c, W_o (6×5)"]
