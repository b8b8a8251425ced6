"""Summaries of one page, and fragments for a paper of one's own, compiled by the real pdflatex."""

import re
from pathlib import Path

import pytest

from symlstm import LSTM, hand_calculation, load
from symlstm.errors import OutputError
from symlstm.writers.formats import KINDS

GALLERY = sorted((Path(__file__).parents[2] / "derivations").glob("*/*.derivation.toml"))
MAIN = [path for path in GALLERY if path.name.startswith(f"{path.parent.name}.")]
PAPER = r"""\documentclass{article}
%s
\begin{document}
Before.
%s
\end{document}
"""


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.parent.name)
def test_a_summary_is_one_page_of_a4_but_of_a_network(path, compile_latex):
    derivation = load(path)
    log = compile_latex(derivation.write("latex", kind="summary"))
    assert ("Output written on document.pdf (1 page" in log) is ("layers" not in derivation.tables)
    assert "Overfull" not in log


@pytest.mark.latex
def test_a_summary_of_much_is_one_page_all_the_same(article, compile_latex):
    trace = article.run([[[1], [2]]] * 12)
    log = compile_latex(hand_calculation(trace, "latex", kind="summary"))
    assert "Output written on document.pdf (1 page" in log


@pytest.mark.parametrize("format", ["latex", "markdown", "terminal"])
def test_a_summary_has_the_values_and_no_line_for_each(article, format):
    trace = article.run([1, 1, 1])
    page, summary = (hand_calculation(trace, format, kind=kind) for kind in ("page", "summary"))
    assert "Time step 2" in page
    assert "Time step 2" not in summary
    for value in ("247", "3211", "Results" if format != "terminal" else "h_3 = 3211, "):
        assert value in summary


def test_a_summary_of_gradients_has_theirs(article):
    gradients = article.run([1, 1, 1]).backward()
    assert "17602" in hand_calculation(gradients, "markdown", kind="summary")
    symbolic = LSTM(units=1).unroll(2).backward()
    assert "Gradients" in hand_calculation(symbolic, kind="summary")


def needed(fragment):
    """Return the lines that a fragment asks for in a preamble."""
    return "\n".join(re.findall(r"^%   (\\usepackage.*)$", fragment, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.parent.name)
def test_a_fragment_compiles_in_an_article_with_what_it_asks_for(path, compile_latex):
    fragment = load(path).write("latex", kind="fragment")
    assert r"\documentclass" not in fragment
    assert r"\begin{document}" not in fragment
    log = compile_latex(PAPER % (needed(fragment), fragment))
    widest = max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)), default=0)
    assert widest <= 10


@pytest.mark.latex
def test_two_fragments_stand_in_one_paper(compile_latex):
    first, other = (load(path).write("latex", kind="fragment") for path in (MAIN[0], MAIN[-1]))
    own = r"\definecolor{GateGreen}{HTML}{000000}"
    compile_latex(PAPER % (f"{needed(first)}\n{own}", f"{first}\nBetween.\n{other}\n{first}"))


def test_fragments_of_one_title_have_labels_of_their_own(article):
    first, other = (
        hand_calculation(article.run([1, number]), "latex", title="解析", kind="fragment")
        for number in (1, 2)
    )
    labels = set(re.findall(r"\\label{(.*?)}", first))
    assert len(labels) == len(article.cell.equations)
    assert labels.isdisjoint(re.findall(r"\\label{(.*?)}", other))
    assert set(re.findall(r"\\eqref{(.*?)}", first)) <= labels


def test_a_fragment_without_figures_asks_for_no_package_of_theirs(article):
    trace = article.run([1])
    assert "tikz" in hand_calculation(trace, "latex", kind="fragment")
    assert "tikz" not in hand_calculation(trace, "latex", kind="fragment", figures=False)


@pytest.mark.parametrize(
    ("kind", "format"), [("fragment", "markdown"), ("fragment", "terminal"), ("sumary", "latex")]
)
def test_a_kind_that_a_format_has_not_is_one_error(article, kind, format):
    with pytest.raises(OutputError, match=f"kind is '{kind}'.*page.*summary.*, in {format}"):
        hand_calculation(article.run([1]), format, kind=kind)
    assert set(KINDS) == {"page", "summary", "fragment", "slides"}
