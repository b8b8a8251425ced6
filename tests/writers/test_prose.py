"""Introductions in Markdown with mathematics: printed in every format, and never run."""

import re
import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from symlstm import LSTM, hand_calculation
from symlstm.errors import TooLargeError
from symlstm.writers.prose_latex import latex_prose
from symlstm.writers.prose_markdown import markdown_prose
from symlstm.writers.prose_reader import read_prose
from symlstm.writers.prose_terminal import terminal_prose

PIECES = [
    *"*_`$[]()<>!#-+=|~&;:.\\\n ab1x'\"/{}^%\t", "**", "__", "$$", "\n\n", "\n    ", "\n> ", "\n- ",
    "\n1. ", "\n# ", "[a](http://b.c)", "http://x.y", "<http://q.r>", "&nbsp;", "&#10;", "&lt;",
    "```\n", "\n```\n", "---", "  \n", "\\\n", "$x$", "$$y$$", r"$\alpha_1$", "<b>", "<script>",
    "<!--", "![", r"\input{x}", "\x1b[31m", "\u202e", "\udcff", "é語σ", "&#27;", "&#x202e;",
]  # fmt: skip
markdown = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
anything = st.one_of(markdown, st.text(), st.text("*_` \n$[]()>-#1.\\", max_size=40))
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def tokens(source):
    for token in GITHUB.parse(source):
        yield token
        yield from token.children or []


@given(anything)
def test_markdown_has_no_html_and_no_images_and_leads_nowhere_else(source):
    shown = markdown_prose(read_prose(source))
    for token in tokens(shown):
        assert token.type not in {"html_block", "html_inline", "image", "table_open", "s_open"}
        assert re.match("https?://", token.attrs.get("href", "http://"), re.IGNORECASE)
        assert token.type != "fence" or not token.info


@given(anything)
def test_markdown_reads_back_as_what_it_was(source):
    shown = markdown_prose(read_prose(source))
    again = markdown_prose(read_prose(shown))
    headings = re.compile(r"^((?:[> ]|[-*] |\d+[.)] )*)#+", re.MULTILINE)
    assert headings.sub(r"\1#", again) == headings.sub(r"\1#", shown)


@given(anything)
def test_a_terminal_shows_lines_of_80_columns_and_no_control_characters(source):
    for line in terminal_prose(read_prose(source)).split("\n"):
        assert line.isprintable()
        assert sum(not unicodedata.combining(c) for c in line) <= 80


@pytest.mark.latex
def test_latex_compiles_whatever_it_is(article, compile_latex):
    texts = []

    @settings(suppress_health_check=list(HealthCheck))
    @given(anything)
    def collect(source):
        texts.append(latex_prose(read_prose(source)))

    collect()
    page = hand_calculation(article.run([1]), "latex", figures=False)
    compile_latex(page.replace(r"\section*{The cell}", "\n\n".join(texts), 1))


ATTACKS = [
    r"\input{canary}", r"$\input{canary}$", r"$$\input{canary}$$", r"`\input{canary}`",
    "```\n\\end{verbatim}\\input{canary}\n```", r"# \input{canary}", r"- \input{canary}",
    r"> \input{canary}", r"[\input{canary}](http://a.b)", r"[a](http://a.b/\input{canary})",
    r"$x^^5cinput{canary}$", "^^5cinput{canary}", r"$\immediate\write18{touch written}$",
    r"\immediate\write18{touch written}", r"$\immediate\openout5=written$", "- [x] y", "1. [x]",
    r"$\text{\input{canary}}$", "$x$\\\n[3pt]", "$\\begin{pmatrix} 1 \\\\ [2] \\end{pmatrix}$",
    r"$\def\x{\x\x}\x$", r"$\csname input\endcsname{canary}$", "a\\\n\\\n[b]", "\\end{document}",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](http://a.b/c.png)",
    "[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](file:///etc/passwd)", "<!-- x -->",
    "<javascript:alert(1)>", "[x]\n\n[x]: javascript:alert(1)", "```math\n\\input{canary}\n```",
    "&lt;script&gt;", "a $1$<b>c$2$ d", "!\\[x](http://a.b)", "```mermaid\nx\n```", "~~x~~",
    "a|b\n-|-",
]  # fmt: skip


@pytest.mark.latex
def test_attacks_are_printed_and_not_run(article, compile_latex, tmp_path):
    (tmp_path / "canary.tex").write_text(r"\errmessage{canary was read}\typeout{CANARY}")
    introduction = "\n\nnext\n\n".join(ATTACKS)
    page = hand_calculation(article.run([1]), "latex", introduction=introduction)
    log = compile_latex(page)
    assert "CANARY" not in log
    assert {path.name for path in tmp_path.iterdir()} >= {"canary.tex", "document.pdf"}
    assert not (tmp_path / "written").exists()
    assert not (tmp_path / "written.tex").exists()
    assert page.count("canary") >= 10


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_attack_says_is_printed(attack):
    blocks = read_prose(attack)
    said = set(re.findall(r"[a-z]{4,}", attack)) - {"http", "math", "mermaid", "begin", "pmatrix"}
    for shown in (latex_prose(blocks), markdown_prose(blocks), terminal_prose(blocks)):
        assert said <= set(re.findall(r"[a-z]{4,}", shown)), shown


REFUSED = {
    "quotes": "> " * 10_000 + "x", "asterisks": "*" * 1_000_000, "lists": "- 1. " * 6_000 + "x",
    "nested": "".join("  " * k + "- a\n" for k in range(100)),
    "emphasis": "*a **b " * 40 + "c** c* " * 40,
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_huge_is_refused(case):
    with pytest.raises(TooLargeError, match="introduction"):
        read_prose(REFUSED[case])


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "*a _b ",
        "*a*_b_",
        "`a",
        "[`",
        "$a ",
        "$$a\n",
        "[a](",
        "\\",
        "&amp;",
        "word ",
        "a\n",
    ],
)
def test_pathological_text_is_read_in_as_many_steps_as_it_is_long(piece):
    assert calls(piece * (4_000 // len(piece))) <= 2.5 * calls(piece * (2_000 // len(piece)))


def calls(text):
    """Return how many functions are called to read a text."""
    number = 0

    def count(frame, event, argument):
        nonlocal number
        number += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read_prose(text)
    finally:
        sys.setprofile(before)
    return number


PAGE = r"""
It costs $5, says *snake_case_name*: 3 * 4.
A **second** line, with `code` and $c_t \le 1$:

$$
c_t = f_t
- \frac{1}{2}
$$

## Steps

3. one
   - deeper, see [there](https://a.b/c_d?e=1&f=2)
4. two

> quoted

    x  = 1

---
"""


def test_markdown_is_written_anew():
    shown = markdown_prose(read_prose(PAGE))
    assert shown == (
        r"""It costs \$5, says *snake\_case\_name*: 3 \* 4.
A **second** line, with `code` and $c_t\le1$:

$$
    c_t=f_t-\frac{1}{2}
$$

#### Steps

3. one
   - deeper, see [there](https://a.b/c_d?e=1&amp;f=2)
4. two

> quoted

```
x  = 1
```

***"""
    )


def test_a_terminal_shows_it_in_plain_text():
    shown = terminal_prose(read_prose(PAGE), 60)
    assert shown == (
        f"""It costs $5, says snake_case_name: 3 * 4. A second line,
with `code` and c_t ≤ 1:

    c_t = f_t - 1/2

Steps
-----

3. one
   ◦ deeper, see there (https://a.b/c_d?e=1&f=2)
4. two

│ quoted

    x  = 1

{"─" * 60}"""
    )


@pytest.mark.latex
def test_latex_is_set_within_the_margins(article, compile_latex):
    introduction = PAGE + "\n\n" + "https://example.org/" + "path/" * 60 + "\n\n`" + "x" * 300 + "`"
    log = compile_latex(hand_calculation(article.run([1]), "latex", introduction=introduction))
    assert "Overfull" not in log


PLAIN = "Two paragraphs of (plain) text: 1 + 2, x_1, a-b.\nA line.\n\nAnd one more; 50%, done!"


def test_plain_text_stays_as_it_is():
    blocks = read_prose(PLAIN)
    assert latex_prose(blocks) == PLAIN.replace("%", r"\%").replace("_", r"\_")
    assert markdown_prose(blocks) == PLAIN.replace("_", r"\_")
    assert terminal_prose(blocks) == PLAIN.replace("\nA line", " A line")


@pytest.mark.parametrize("format", ["latex", "markdown", "terminal"])
def test_a_document_opens_with_its_introduction(format):
    trace = LSTM(1, activation="linear", recurrent_activation="linear").unroll(1)
    page = hand_calculation(trace, format, introduction="See *this* $x_1$.\n\n- one")
    shown = {"latex": r"\emph{this} $x_1$", "markdown": "*this* $x_1$", "terminal": "this x_1"}
    assert shown[format] in page


def test_reading_prose_waits_for_an_introduction(pytester):
    program = (
        "import sys; from symlstm import LSTM, hand_calculation\n"
        "hand_calculation(LSTM(1).unroll(1)); assert 'markdown_it' not in sys.modules\n"
        "hand_calculation(LSTM(1).unroll(1), introduction='x')\n"
        "assert 'markdown_it' in sys.modules\n"
    )
    assert pytester.runpython_c(program).ret == 0
