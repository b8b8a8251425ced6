import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from symlstm import LSTM, SimpleRNN, hand_calculation
from symlstm.writers.markdown import MarkdownFormat

escape = MarkdownFormat().escape


def visible(source):
    """Return the text that CommonMark shows of one line."""
    (paragraph,) = [t for t in MarkdownIt().parse(source) if t.type == "inline"]
    assert all(child.type == "text" for child in paragraph.children), source
    return "".join(child.content for child in paragraph.children)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1))
def test_text_is_shown_as_it_was_written(title):
    assert visible(escape("x" + title)).rstrip() == ("x" + title).rstrip()


@given(st.text("0123456789.)-+=*#> ", min_size=1).filter(str.strip))
def test_nothing_starts_a_list_or_a_heading(line):
    assert visible(escape(line.strip())) == line.strip()


@pytest.fixture(scope="module")
def page():
    cell = LSTM(3, 2, activation="hard_tanh", recurrent_activation="hard_sigmoid")
    layer = cell.bind(kernel="1/3", recurrent_kernel="-1/2", bias=1)
    return hand_calculation(layer.run([[1, 2], [3, 4]]), "markdown", title="50% & _more_")


def test_a_double_backslash_always_ends_a_line(page):
    """GitHub takes any other for a single one."""
    assert re.findall(r"\\\\(?!\n)", page) == []
    assert "\\\\" in page


def test_blocks_are_aligned_between_dollars_and_small_enough(page):
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", page, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        assert block.startswith(r"\begin{aligned}")
        assert block.endswith(r"\end{aligned}")
        assert block.count(r"\begin") <= 31
        assert "\n\n" not in block


@pytest.fixture(scope="module")
def pages(page):
    """Pages with everything that can stand on one."""
    cell = LSTM(8, 7, activation="softsign", recurrent_activation="hard_sigmoid")
    layer = cell.bind(kernel="1/3", recurrent_kernel="1/7", bias="1/11")
    long = layer.run([["1/13"] * 7] * 3)
    cell = LSTM(2, activation="hard_tanh", recurrent_activation="sparse_sigmoid")
    layer = cell.bind(kernel="1/3", recurrent_kernel="-1/2", bias=1)
    options = {"loss": "mean_squared_error", "learning_rate": "1/2", "return_sequences": True}
    training = layer.fit([[1, 2], [3, 4]], [[[1, 2]] * 2] * 2, batch_size=2, **options)
    gradients = layer.run([1, 2]).backward(grad_sequence=1, grad_state_c=1)
    symbols = LSTM(2).unroll(2).backward()
    carry = {"state_jacobian": "c"}
    return [
        page,
        hand_calculation(long, "markdown", worked=True),
        hand_calculation(gradients, "markdown", **carry),
        hand_calculation(symbols, "markdown", **carry),
        hand_calculation(SimpleRNN(2).unroll(2), "markdown", state_jacobian="h"),
        hand_calculation(training, "markdown"),
    ]


@pytest.mark.parametrize(
    "refused", [r"\operatorname", r"\newcommand", r"\def", r"\href", r"\{", r"\;", r"\,"]
)
def test_nothing_stands_in_it_that_github_refuses_or_eats(pages, refused):
    assert not any(refused in page for page in pages)


def test_markdown_sees_no_emphasis_and_no_escapes_in_mathematics(pages):
    assert r"\text{ digits}" in pages[1]
    blocks = [t for page in pages for t in MarkdownIt().parse(page) if t.type == "inline"]
    for block in blocks:
        kinds = {child.type for child in block.children}
        assert kinds <= {"text", "softbreak", "hardbreak"}, block.content


def test_text_that_is_indented_is_no_code():
    assert visible(escape("    four")) == "four"


def test_matrices_in_tables_stay_in_their_row(pages):
    rows = [line for page in pages for line in page.splitlines() if line.startswith("|")]
    assert any(r" & " in row and r" \cr " in row for row in rows)
    for row in rows:
        assert row.endswith("|")
        assert row.count(r"\begin") == row.count(r"\end")
    layer = LSTM(9, activation="relu", recurrent_activation="hard_sigmoid").bind(
        kernel=1, recurrent_kernel=0, bias=0
    )
    page = hand_calculation(layer.run([1]), "markdown")
    table = page[page.index("## Summary") : page.index("## After")]
    ones = r"1 \cr " * 6
    assert rf"\begin{{pmatrix}} {ones}\vdots \cr 1 \end{{pmatrix}}_ {{9 \times 1}}" in table


def test_tables_have_as_many_cells_in_every_row(page):
    rows = [line for line in page.splitlines() if line.startswith("|")]
    tables = re.split(
        r"\n(?!\|)", "\n".join(line if line in rows else "" for line in page.splitlines())
    )
    for table in filter(None, (t.strip() for t in tables)):
        assert len({row.count("|") for row in table.splitlines()}) == 1
