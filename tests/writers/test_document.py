"""What a hand calculation says, read in the notation of LaTeX."""

import numpy as np
import pytest
from coloured import uncoloured
from flint import fmpz

from symlstm import LSTM, PeepholeLSTM, budget, hand_calculation
from symlstm.errors import NotExactError, OutputError, TooLargeError


def written(trace, format_="latex", **options):
    return uncoloured(hand_calculation(trace, format_, **options), format_)


def test_a_line_reads_symbol_formula_numbers_value(article):
    page = written(article.run([1, 1, 1]))
    assert r"c_2 &= f_2 \cdot c_1 + i_2 \cdot \tilde c_2 = 2 \cdot 1 + 2 \cdot 2 = 6 \\" in page
    assert r"i_3 &= W_i x_3 + U_i h_2 + b_i = 1 \cdot 1 + 1 \cdot 12 + 0 = 13 \\" in page
    assert r"h_0 &\gets 0,\quad c_0 \gets 0" in page
    assert r"$3$ & $1$ & $13$ & $13$ & $13$ & $13$ & $247$ & $3211$ \\" in page


def test_negatives_get_brackets_and_fractions_stay_fractions():
    cell = LSTM(1, activation=None, recurrent_activation="hard_sigmoid")
    layer = cell.bind(kernel={"i": -2, "f": 0, "c": "1/2", "o": 0}, recurrent_kernel=1, bias=-1)
    page = written(layer.run([-3]))
    assert r"= \sigma_{\mathrm{hard}}((-2) \cdot (-3) + 1 \cdot 0 + (-1))" in page
    assert r"= \sigma_{\mathrm{hard}}(5) = 1" in page
    assert r"\tilde c_1 &= W_c x_1 + U_c h_0 + b_c" in page
    assert r"= \frac{1}{2} \cdot (-3) + 1 \cdot 0 + (-1)" in page
    assert (
        r"\sigma_{\mathrm{hard}}(x) &= \frac{\min\left(6, \max\left(0, x + 3\right)\right)}{6}"
        in page
    )


def test_an_activation_inside_a_formula_is_worked_out_on_the_way():
    cell = LSTM(1, activation="softsign", recurrent_activation="relu")
    page = written(cell.bind(kernel=1, recurrent_kernel=0, bias=0).run([1]), "terminal")
    assert "h_1 = o_1 · softsign(c_1) = 1 · softsign(1/2) = 1 · 1/3 = 1/3" in page


def test_matrices_are_matrices_and_large_ones_are_elided_and_say_so():
    small = LSTM(2, 2, activation=None, recurrent_activation=None)
    page = written(small.bind(kernel=1, recurrent_kernel=2, bias=3).run([[1, "1/2"]]))
    assert (
        r"\begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix} \begin{pmatrix} 1 \\[16pt] \dfrac{1}{2}"
        in page
    )
    large = LSTM(10, 9, activation=None, recurrent_activation=None)
    trace = large.bind(kernel=1, recurrent_kernel=2, bias=3).run(np.ones((1, 9)))
    page = " ".join(written(trace, "terminal", worked=True).split())
    assert "Matrices with more than eight rows or columns are shown in part" in page
    rows = "; ".join(["1 1 1 1 1 1 … 1"] * 6)
    dots = " ".join("…" * 8)
    assert f"[{rows}; {dots}; 1 1 1 1 1 1 … 1] (10×9) [1; 1; 1; 1; 1; 1; …; 1] (9×1)" in page
    whole = written(trace, worked=True)
    assert r"1 & 1 & 1 & 1 & 1 & 1 & \cdots & 1 \end{pmatrix}_{10 \times 9}" in whole


def test_integers_of_hundreds_of_digits_are_abbreviated(article):
    trace = article.run([1] * 7)
    digits = str(int(trace.state_h))
    for format_, shown in (
        ("latex", rf"{digits[:8]}\ldots {digits[-8:]}\,[{len(digits)}\text{{ digits}}]"),
        ("markdown", rf"{digits[:8]}\ldots {digits[-8:]}\ [{len(digits)}\text{{ digits}}]"),
        ("terminal", f"{digits[:6]}…{digits[-6:]} [{len(digits)} digits]"),
    ):
        page = written(trace, format_)
        assert shown in page
        assert digits not in page


def test_millions_of_digits_still_print(article):
    page = written(article.run([1] * 14), "terminal")
    assert f"[{len(fmpz(int(article.run([1] * 14).state_h)).str())} digits]" in page
    assert "x_1 = … = x_14 = 1" in page


def test_closed_forms_come_with_their_values_where_they_fit(article):
    page = written(article.run([1, 1, 1]), "terminal", closed_form_size=200)
    assert "h_1 = (W_o x_1 + b_o) · (W_i x_1 + b_i) · (W_c x_1 + b_c) = 1" in page
    assert "Closed forms" not in written(article.run([1]), "terminal", closed_form_size=5)


def test_a_state_that_is_not_zero_stays_in_the_closed_forms(article):
    page = written(article.run([1], initial_state=[0, 2]), "terminal", closed_form_size=200)
    assert "(W_f x_1 + b_f) · c_0" in page


def test_a_symbolic_trace_has_formulas_and_no_numbers():
    page = written(LSTM(2).unroll(2), "terminal")
    assert "c_2 = f_2 ⊙ c_1 + i_2 ⊙ c̃_2\n" in page
    assert "h_1 = σ(W_o x_1 + b_o)" in page
    for absent in ("Given", "Summary", "After the sequence"):
        assert absent not in page


def test_sequences_of_a_batch_are_told_one_by_one(article):
    page = written(article.run([[[1], [1]], [[2], [0]]]), "markdown")
    assert "## Sequence 1 of 2" in page
    assert "## Sequence 2 of 2" in page
    assert "c_1 &= f_1 \\cdot c_0 + i_1 \\cdot \\tilde c_1 = 2 \\cdot 0 + 2 \\cdot 2 = 4" in page


def test_kept_states_are_said_to_be_kept(article):
    page = written(article.run([1, 1], stateful=True), "terminal")
    article.reset_state()
    assert "The states are kept" in page
    assert "h_0 ← h_2 = 12, c_0 ← c_2 = 6" in page


def test_peepholes_are_written_where_they_stand():
    cell = PeepholeLSTM(1, activation=None, recurrent_activation=None)
    layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0, peephole={"i": 2, "f": 3, "o": -5})
    page = written(layer.run([1, 1]), "terminal")
    assert "o_1 = W_o x_1 + U_o h_0 + p_o · c_1 + b_o" in page
    assert "= 1 · 1 + 1 · 0 + (-5) · 1 + 0 = -4" in page


def test_floats_are_no_hand_calculation(article):
    with pytest.raises(NotExactError, match="algebra='exact'"):
        written(article.run([1], algebra="float"))


def test_unknown_formats_are_named(article):
    with pytest.raises(OutputError, match="did you mean 'latex'"):
        written(article.run([1]), "latxe")


def test_a_template_of_ones_own_is_filled_and_escaped(article, tmp_path):
    template = tmp_path / "mine.md.jinja"
    template.write_text(
        "{{ document.title }}: {{ document.chapters[0].sequences[0].steps[0].lines | display }}"
    )
    page = written(article.run([1]), "markdown", title="a_b", template=template)
    assert page.startswith("a\\_b: $$\n\\begin{aligned}")


def test_a_batch_has_closed_forms_without_values(article):
    page = written(article.run([[[1]], [[2]]]), "terminal")
    assert "h_1 = (W_o x_1 + b_o) · (W_i x_1 + b_i) · (W_c x_1 + b_c)\n" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ document.trace }}", "no attribute 'trace'"),
        ("{{ document.titel }}", "mine.jinja.*titel"),
        ("{% if %}", "line 1"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe|undefined"),
        (None, "mine.jinja.*not there"),
    ],
)
def test_templates_that_cannot_be_filled_are_named(article, tmp_path, text, message):
    template = tmp_path / "mine.jinja"
    if text is not None:
        template.write_text(text)
    with pytest.raises(OutputError, match=message):
        written(article.run([1]), "markdown", template=template)


def test_a_template_that_writes_without_end_is_stopped(article, tmp_path):
    template = tmp_path / "endless.jinja"
    lines = "{% for i in range(90000) %}{% for j in range(90000) %}text{% endfor %}{% endfor %}"
    template.write_text(lines.replace("{%", "<%").replace("%}", "%>"))
    with budget(page_characters=100_000), pytest.raises(TooLargeError, match="endless"):
        hand_calculation(article.run([1]), "latex", template=template)
