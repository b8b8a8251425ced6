"""Formulas of users: what is known is spelled anew, and nothing else gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm.notation.formula import DEEPEST, LONGEST, read_formula
from symlstm.notation.formula_plain import plain_formula
from symlstm.notation.formula_tex import MarkdownFormula, TexFormula
from symlstm.notation.formula_words import ACCENTS, FONTS, GRIDS, SIGNS

WORDS = [
    *SIGNS, *ACCENTS, *FONTS, r"\frac", r"\sqrt", r"\text{if }", r"\left(", r"\right)", "{", "}",
    "^", "_", "'", "&", r"\\", r"\big", "[3pt]", "%", "#", "$", r"\input", r"\def", "^^",
    *(rf"\{end}{{{grid}}}" for end in ("begin", "end") for grid in GRIDS),
]  # fmt: skip
ATTACKS = [
    r"\input{canary}", r"\input canary", r"\include{canary}", r"\openin1=canary",
    r"\openout1=canary",
    r"\write18{touch canary}", r"\immediate\write18{touch canary}", r"\csname input\endcsname",
    r"\def\x{\x}\x", r"\let\x=\input", r"\catcode`\%=12", r"\loop\iftrue\repeat", r"^^5cinput{x}",
    r"\begin{verbatim}x\end{verbatim}", r"\begin{document}", r"\end{document}", r"\verb|x|",
    "x % y",
    r"\text{\input{x}}", r"\text{$\input{x}$}", r"\operatorname{\input{x}}", r"\newcommand{\x}{y}",
    r"\frac{1}{2", "}", "{", r"\left(", r"\right)", r"\begin{pmatrix} 1", "a & b", r"a \\ b", "x^",
    "x^a^b", "x_a_b", "x'^2'", r"\begin{pmatrix} 1 \end{bmatrix}", r"\href{javascript:x}{y}", "#1",
    r"\includegraphics{x}", r"\special{x}", r"\directlua{x}", r"\pdfliteral{x}", r"\tag{1}",
    r"\begin{cases} 1 & 2 & 3 \end{cases}", r"\frac^2", r"\sqrt", r"\begin{array}{c} x \end{array}",
    r"\expandafter\input", r"\unicode{60}", r"\style{x}{y}", r"\require{html}",
    r"\mathchoice{}{}{}{}",
    "{" * (DEEPEST + 2) + "x" + "}" * (DEEPEST + 2), "x" * (LONGEST + 1), "\\", "é語", "`",
    '"', "@", "~", r"\,",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_known_is_no_formula(attack):
    assert read_formula(attack) is None


@pytest.mark.parametrize(
    ("source", "tex", "markdown", "plain"),
    [
        (r"h_t = o_t \odot \tanh(c_t)", r"h_t=o_t\odot\tanh(c_t)", None, "h_t = o_t ⊙ tanh(c_t)"),
        (r"\tilde c_{t-1}", r"\tilde{c}_{t-1}", r"\tilde{c}_ {t-1}", "c̃_{t-1}"),
        (r"\frac12 < \frac{a+1}b", r"\frac{1}{2}<\frac{a+1}{b}",
         r"\frac{1}{2}\lt\frac{a+1}{b}", "1/2 < (a + 1)/b"),
        (r"W^\top x", r"W^{\top}x", None, "Wᵀ x"),
        (r"\sum_{t=1}^T |x|*[y]", r"\sum_{t=1}^T|x|*[y]",
         r"\sum_{t=1}^T\vert x\vert\ast\lbrack y\rbrack", "∑_{t=1}^T |x| * [y]"),
        (r"x'^2_1", "x'^2_1", "x'^2_1", "x'_1²"),
        (r"x~", "x~", "x", "x"),
        (r"\{x\}\,y", r"\{x\}\,y", r"\lbrace x\rbrace\ y", "{x} y"),
        (r"\operatorname{diag}(\sqrt[3]{x})", r"\operatorname{diag}(\sqrt[{3}]{x})",
         r"\mathrm{diag}(\sqrt[{3}]{x})", "diag(³√x)"),
        (r"\begin{pmatrix}1&-2\\[3pt][3]&4\end{pmatrix}",
         "\\begin{pmatrix}\n1 & -2 \\\\\n{}[3] & 4\n\\end{pmatrix}",
         r"\begin{pmatrix} 1 & -2 \cr \lbrack3\rbrack & 4 \end{pmatrix}", "(1 -2; [3] 4)"),
        ("σ(z)≥0", r"\sigma(z)\ge0", None, "σ(z) ≥ 0"),
        (r"\frac{\partial L}{\partial W}", r"\frac{\partial L}{\partial W}", None, "∂L/∂W"),
        (r"x \in \mathbb{R}^n", r"x\in\mathbb{R}^n", None, "x ∈ ℝⁿ"),
    ],
)  # fmt: skip
def test_formulas_are_spelled_as_each_format_has_them(source, tex, markdown, plain):
    row = read_formula(source)
    assert TexFormula().row(row) == tex
    assert MarkdownFormula().inline(row) == (markdown or tex)
    assert plain_formula(row) == plain


@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
def test_what_is_spelled_reads_as_itself(source):
    row = read_formula(source)
    if row is not None:
        for notation in (TexFormula(), MarkdownFormula()):
            shown = notation.row(row)
            again = read_formula(shown) or ()
            assert notation.row(again) == shown
        assert plain_formula(row).isprintable()


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_a_formula_or_none(source):
    row = read_formula(source)
    if row is not None:
        assert not {"%", "#", "$", "`"} & {*MarkdownFormula().inline(row)}
        assert plain_formula(row).isprintable()


def test_a_long_formula_goes_on_in_the_next_line():
    row = read_formula(
        " + ".join(f"W_{k} x_{k}" for k in range(30 // 3)) + "+ (" + "y+" * 40 + "z)"
    )
    lines = TexFormula().lines(row)
    assert lines.startswith("\\begin{aligned}\n&W_0x_0+")
    assert r"\quad {}+(" in lines
