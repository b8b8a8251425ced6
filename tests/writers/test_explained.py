"""Signs and functions that a page uses are said, in its language, and others are not."""

import numpy as np
import pytest

from symlstm import LSTM, SLSTM, LayerNormLSTM, SimpleRNN, hand_calculation
from symlstm.cells.gated import GatedCell
from symlstm.equations import Equation, absolute, divide

SAID = {
    "en": ("the quotient entry by entry", "is 1 for x > 0, 0 for x < 0, and 1/2 for x = 0"),
    "de": ("für den Quotienten, elementweise", "gleich 1 für x > 0, 0 für x < 0 und 1/2 für x = 0"),
}


def page(cell, **options):
    layer = cell.bind(**dict.fromkeys(cell.groups, "1/2"))
    trace = layer.run(np.ones((2, cell.input_dim), int), algebra="ball", digits=4)
    gradients = trace.backward(grad_sequence=np.ones((2, cell.units), int))
    return hand_calculation(gradients, **options)


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("language", SAID)
def test_the_page_of_an_slstm_says_what_quotients_and_steps_are(language):
    text = flat(page(SLSTM(2, 2), language=language))
    quotient, step = SAID[language]
    assert quotient in text
    assert f"H(x) {step}" in text
    assert "⊘" in text.partition("z_t = ")[0]


@pytest.mark.parametrize("kind", ["page", "slides", "fragment"])
def test_so_do_those_in_latex(kind):
    text = flat(page(SLSTM(2, 2), format="latex", kind=kind))
    assert r"\mathrm{H}(" in text
    assert r"$\oslash$ for the quotient entry by entry" in text
    assert r"Here $\mathrm{H}(x)$ is 1" in text


def test_what_no_equation_has_is_not_said():
    text = flat(page(LSTM(2)))
    assert "quotient" not in text
    assert "Here" not in text.partition("Given")[0]
    scalar = flat(page(SLSTM(1)))
    assert "entry by entry" not in scalar


def test_quotients_that_only_the_way_back_has_are_said_there():
    text = flat(page(LayerNormLSTM(2)))
    assert "Powers are those of every entry." in text
    assert "norm(z)_k = (z_k - z̄) / √(" in text
    assert "softmax(z)_k = exp(z_k) / Σ_j exp(z_j)" in page(SimpleRNN(2, activation="softmax"))


class Absolute(GatedCell):
    """A cell of an absolute value."""

    def define(self):
        i, h = self.vector("i"), self.vector("h")
        return Equation(i, self.sigma(self.weighted("i"))), Equation(h, divide(absolute(i), 2))


def test_sign_is_said_with_its_value_at_zero():
    cell = Absolute(2, activation=None)
    text = flat(page(cell))
    assert "sign(x) is 1 for x > 0, -1 for x < 0, and 0 for x = 0" in text.replace("−", "-")


def test_the_local_derivative_of_a_norm_is_called_what_it_is():
    assert "∂z_{i_2,t}/∂z_{i,t}" in page(LayerNormLSTM(2))
