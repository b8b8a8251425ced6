"""How the backward pass is told: where each gradient comes from, and the gradients by weights."""

import re
import unicodedata

import numpy as np
import pytest
from coloured import uncoloured
from own_cells import GRU
from worked_out import Linear

from symlstm import LSTM, Equation, GatedCell, PeepholeLSTM, SimpleRNN, hand_calculation
from symlstm.derivations import spec
from symlstm.equations.expression import hadamard
from symlstm.errors import SpecError

FORMATS = ["latex", "markdown", "terminal"]
RATIONAL = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
NUMBERS = {"kernel": "1/3", "recurrent_kernel": "-1/2", "bias": 1}
SCALARS = {
    "LSTM": lambda: LSTM(1, **RATIONAL).bind(**NUMBERS),
    "peepholes": lambda: PeepholeLSTM(1, **RATIONAL).bind(**NUMBERS, peephole=2),
    "GRU": lambda: GRU(1, **RATIONAL).bind(**NUMBERS),
    "RNN": lambda: SimpleRNN(1, activation="hard_tanh").bind(**NUMBERS),
    "names": lambda: Linear(1, activation=None, recurrent_activation="relu").bind(
        kernel=1, recurrent_kernel="1/2"
    ),
}


def plain(text):
    return unicodedata.normalize("NFD", text)


def section(page, heading):
    """Return the lines of a section of a page for a terminal."""
    end = r"(?=\n\S[^\n]*\n[─═]+\n|\Z)"
    found = re.search(rf"^{re.escape(heading)}\n[─═]+\n(.*?){end}", page, re.M | re.S)
    return found[1] if found else ""


@pytest.mark.parametrize("case", SCALARS)
def test_the_table_has_the_gradient_by_every_weight(case):
    gradients = SCALARS[case]().run([1, "1/2"]).backward(grad_sequence=1)
    page = plain(hand_calculation(gradients))
    lines = section(page, "The gradients by the weights").strip("\n").splitlines()
    rule = next(k for k, line in enumerate(lines) if "──" in line)
    gates, rows = " ".join(lines[:rule]).split(), lines[rule + 1 :]
    found = {}
    for letter, *values in map(str.split, rows):
        assert letter[1:] == "\N{COMBINING MACRON}"
        names = [f"{letter[0]}_{gate}" for gate in gates] or [letter[0]]
        names = [name for name in names if name in gradients.cell.weights]
        found |= dict(zip(names, values, strict=True))
    assert found == {name: str(gradients[name]) for name in gradients.cell.weights}


def test_matrices_of_gradients_have_lines():
    gradients = LSTM(2, **RATIONAL).bind(**NUMBERS).run([1, 2]).backward()
    shown = section(plain(hand_calculation(gradients)), "The gradients by the weights")
    for name in ("U_o", "b_i"):
        rows = "; ".join(" ".join(map(str, row)) for row in np.c_[gradients[name]].tolist())
        assert f"{name[0]}\N{COMBINING MACRON}{name[1:]} = [{rows}]" in " ".join(shown.split())


def test_long_numbers_have_lines_and_no_table(compile_latex):
    layer = PeepholeLSTM(1, activation="softsign", recurrent_activation="hard_sigmoid")
    gradients = layer.bind(**NUMBERS, peephole="1/7").run([1, "1/3"]).backward()
    page = plain(hand_calculation(gradients))
    shown = " ".join(section(page, "The gradients by the weights").split())
    for name in ("W_i", "p_o"):
        digits = str(gradients[name])[:6]
        assert f"{name[0]}\N{COMBINING MACRON}{name[1:]} = {digits}…" in shown
    assert "Overfull" not in compile_latex(hand_calculation(gradients, "latex"))


def test_a_table_of_uses_has_room_on_every_page(compile_latex):
    """Where formulas are long, it is told what a use hands back by the derivative alone."""

    class Long(GatedCell):
        def define(self):
            h, gates = self.vector("h"), [self.vector(f"gate_{k}") for k in range(4)]
            weighted = (self.sigma(self.weighted(gate.name.replace("_", ""))) for gate in gates)
            return (*map(Equation, gates, weighted), Equation(h, hadamard(*gates)))

    page = hand_calculation(Long(2).unroll(1).backward(), closed_form_size=0)
    assert "local derivative" in page
    assert "hands back" not in page
    assert "hands back" in hand_calculation(LSTM(2).unroll(1).backward())
    assert max(map(len, page.splitlines())) <= 80
    latex = hand_calculation(Long(2).unroll(1).backward(), "latex", closed_form_size=0)
    assert "Overfull" not in compile_latex(latex)


def test_the_gradients_by_weights_are_sums_over_time(article):
    page = plain(hand_calculation(article.run([1, 1]).backward()))
    assert plain("W̄_i = Σ_t δ_{i,t} x_t, ") in page
    assert plain("Ū_i = Σ_t δ_{i,t} h_{t-1}, ") in page
    twice = plain(hand_calculation(Linear(1).unroll(1).backward()))
    assert plain("W̄_g = Σ_t (") in twice


def test_running_sums_are_told_where_they_are_asked_for(article):
    gradients = article.run([1, 1, 1]).backward()
    line = plain("Ū_{f,2} = Ū_{f,3} + δ_{f,2} h_1 = 936 + 1495 · 1 = 2431")
    assert line in plain(hand_calculation(gradients, running_sums=True))
    assert plain("Ū_{f,2}") not in plain(hand_calculation(gradients))


@pytest.mark.parametrize("format", FORMATS)
def test_each_use_of_a_value_hands_something_back(format):
    """The table has a line for it: in what, the local derivative, and their product."""
    trace = LSTM(2).unroll(2)
    page = plain(uncoloured(hand_calculation(trace.backward(), format), format))
    words = [
        ["h_t", "z_{f,t+1}", "U_fᵀ", "U_fᵀ δ_{f,t+1}"],
        ["c_t", "c_{t+1}", "f_{t+1}", "c̄_{t+1} ⊙ f_{t+1}"],
        ["o_t", "h_t", "tanh(c_t)", "h̄_t ⊙ tanh(c_t)"],
    ]
    if format == "terminal":
        for cells in words:
            assert re.search(r" +".join(re.escape(plain(cell)) for cell in cells) + "\n", page), (
                cells
            )
    else:
        between, end = {"latex": (" & ", r" \\"), "markdown": (" | ", " |")}[format]
        cells = "$c_t$", "$c_{t+1}$", "$f_{t+1}$", r"$\bar c_{t+1} \odot f_{t+1}$"
        assert between.join(cells) + end in page
    assert "a matrix transposed, a vector entry by entry" in page


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", SCALARS)
def test_where_all_is_a_number_products_are_those_of_numbers(case, format):
    trace = SCALARS[case]().run([1, "1/2"])
    page = hand_calculation(trace.backward(), format, state_jacobian="h", running_sums=True)
    for sign in ("⊙", "ᵀ", r"\odot", r"{\top}", "diag(", r"\mathrm{diag}", "transposed"):
        assert sign not in page
    assert {"terminal": " · "}.get(format, r" \cdot ") in page


@pytest.mark.parametrize("cell", [LSTM(1, 2), LSTM(2, 1)])
def test_where_not_all_is_a_number_they_are_not(cell):
    page = hand_calculation(cell.unroll(2).backward(), state_jacobian="h")
    assert "⊙" in page
    assert "ᵀ" in page
    assert "transposed" in page


@pytest.mark.parametrize("format", ["latex", "markdown"])
def test_outputs_and_last_states_stand_out(article, format):
    page = uncoloured(hand_calculation(article.run([1, 1, 1]), format), format)
    for line in (
        r"h_1 &= o_1 \cdot c_1 = 1 \cdot 1 = \boldsymbol{1}",
        r"h_2 &= o_2 \cdot c_2 = 2 \cdot 6 = \boldsymbol{12}",
        r"i_3 \cdot \tilde c_3 = 13 \cdot 6 + 13 \cdot 13 = \boldsymbol{247}",
        r"h_3 &= o_3 \cdot c_3 = 13 \cdot 247 = \boldsymbol{3211}",
    ):
        assert line in page, line
    assert page.count("boldsymbol") == 4
    matrices = LSTM(2, **RATIONAL).bind(**NUMBERS).run([1])
    assert r"= \boldsymbol{\begin{pmatrix}" in hand_calculation(matrices, format)
    assert "boldsymbol" not in hand_calculation(article.run([1]))


def test_a_short_line_runs_in_and_a_long_one_is_set_apart(article):
    page = hand_calculation(article.run([1, 1]), "latex")
    assert "What goes in: $x_2 = 1$, $h_1 = 1$, $c_1 = 1$.\n" in page
    assert " give\n\\begin{align*}" in hand_calculation(article.run([1, 1]), "latex", figures=False)
    long = hand_calculation(article.run([10**20, 1]), "latex")
    assert r"What goes in: $x_2 = 1$,\hfil\penalty50\hfilneg\ $h_1 = " in long
    low = hand_calculation(LSTM(2, **RATIONAL).bind(**NUMBERS).run([1]), "latex")
    assert "What goes in: $x_1 = 1$, $h_0 = \\begin{pmatrix}" in low
    cell = LSTM(5, **RATIONAL).bind(kernel=1, recurrent_kernel=1, bias=0)
    high = hand_calculation(cell.run([1]), "latex", worked=True)
    assert "What goes in: \\begin{align*}" in high


@pytest.mark.parametrize("format", FORMATS)
def test_a_chapter_ends_with_what_is_after_the_sequence(article, format):
    page = hand_calculation(article.run([1, 1]).backward(), format, state_jacobian="c")
    last = max(
        page.index(words) for words in ("The backward pass", "Back at time step 1", "carries its")
    )
    assert page.index("After the sequence") > last


def test_markdown_has_no_empty_mathematics(article):
    page = hand_calculation(article.run([1]).backward(), "markdown")
    assert "|  | $i$ | $f$ | $c$ | $o$ |" in page


FILE = """
[cell]
type = "LSTM"
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = 1
bias = 0
[run]
inputs = [1, 1]
[backward]
[document]
running_sums = {}
"""


def test_a_derivation_file_asks_for_running_sums(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    line = plain("W̄_{i,2} = δ_{i,2} x_2")
    for value in ("true", "false"):
        path.write_text(FILE.format(value), encoding="utf-8")
        assert (line in plain(spec.load(path).write("terminal"))) == (value == "true")
    path.write_text(FILE.format('"yes"'), encoding="utf-8")
    with pytest.raises(SpecError, match="running_sums is 'yes'; give true or false"):
        spec.load(path)
