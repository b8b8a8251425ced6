"""LaTeX, compiled by the real pdflatex."""

import re

import numpy as np
import pytest

from symlstm import LSTM, hand_calculation
from symlstm.notation.tex_text import metadata
from symlstm.writers.latex import LatexFormat

escape = LatexFormat().escape

pytestmark = pytest.mark.latex


def widest_overfull(log):
    return max((float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)), default=0)


@pytest.mark.parametrize(
    "name",
    [
        "article",
        "peephole",
        "pocket-calculator",
        "sigmoid-and-tanh",
        "symbolic-weights",
        "two-units",
    ],
)
def test_the_gallery_compiles_within_the_margins(root, compile_latex, name):
    log = compile_latex((root / f"derivations/{name}/{name}.tex").read_text(encoding="utf-8"))
    assert widest_overfull(log) <= 10


def test_text_is_printed_and_not_executed(article, compile_latex, tmp_path):
    hostile = (
        r"100% of $x_1 & {y} \input{/etc/passwd} #1 ~^ -- << `` \end{document} \\ é σ Ω ∀ 語 €"
    )
    page = hand_calculation(article.run([1]), "latex", title=hostile, author=hostile,
                            introduction=hostile)  # fmt: skip
    compile_latex(page)
    assert r"\textbackslash{}input\{/etc/passwd\}" in page


def test_every_character_can_stand_in_a_title(article, compile_latex):
    everything = "".join(map(chr, [*range(1, 0x250), *range(0x370, 0x400), *range(0x2010, 0x2040)]))
    lines = (everything[k : k + 40] for k in range(0, len(everything), 40))
    introduction = "\n\n".join("x" + line.replace("\n", " ") for line in lines)
    compile_latex(hand_calculation(article.run([1]), "latex", introduction=introduction))


@pytest.mark.parametrize("case", ["long integers", "dyadic floats", "wide", "fractions", "batch"])
def test_wide_numbers_and_matrices_stay_within_the_margins(article, compile_latex, case):
    rng = np.random.default_rng(0)
    rational = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
    if case == "long integers":
        trace = article.run([1] * 9)
    elif case == "dyadic floats":
        layer = LSTM(3, 2, **rational).bind(kernel=rng.normal(size=(2, 12)), recurrent_kernel=0.1,
                                            bias=rng.normal(size=12))  # fmt: skip
        trace = layer.run(rng.normal(size=(2, 2)))
    elif case == "wide":
        layer = LSTM(9, 8, **rational).bind(kernel="-1/3", recurrent_kernel="1/7", bias="-2/3")
        trace = layer.run(rng.integers(-9, 9, (2, 8)))
    elif case == "fractions":
        trace = LSTM(2, **rational).bind(kernel="1/3", recurrent_kernel=-1, bias=1).run(["1/7"] * 4)
    else:
        trace = article.run([[["-1/2"], ["1/3"]], [[1], [2]]], initial_state=["1/2", "-7/8"])
    assert widest_overfull(compile_latex(hand_calculation(trace, "latex"))) <= 10


def test_ligatures_of_text_are_kept_apart():
    assert escape("a--b") == "a-{}-b"
    assert escape("50%_&\\") == r"50\%\_\&\textbackslash{}"
    assert escape("Σ σ ς") == r"\ensuremath{\Sigma} \ensuremath{\sigma} \texttt{[U+03C2]}"


HOSTILE = [
    r"100% of $x_1 & {y} \input{/etc/passwd} #1 ~^ -- << `` \end{document} \\ é σ Ω ∀ 語 €",
    "}{}]\\pdfauthor={x},(unbalanced \\( \\) , = ,,",
    "%",
    "\\",
    "two\nlines\ttabs",
    "x" * 300,
]


@pytest.mark.parametrize("title", HOSTILE)
def test_the_metadata_of_a_pdf_is_text(article, compile_latex, title):
    page = hand_calculation(article.run([1]).backward(), "latex", title=title, author=title,
                            state_jacobian="c")  # fmt: skip
    log = compile_latex(page)
    assert "hyperref Warning" not in log
    assert r"pdflang=en" in page


def test_what_cannot_be_spelled_is_a_question_mark_in_metadata():
    assert metadata("A title") == "A title"
    assert metadata("two\n lines") == "two lines"
    assert metadata("a_b 語") == r"a\_b ?"


def test_sections_are_numbered(article):
    page = hand_calculation(article.run([1]).backward(), "latex", state_jacobian="c")
    assert r"\section{Time step 1}" in page
    assert r"section*" not in page
