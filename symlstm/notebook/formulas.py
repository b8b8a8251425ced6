"""Lines of mathematics: in LaTeX, for MathJax, and in letters of HTML, which need nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from symlstm.equations.equation import Equation
from symlstm.notation import LATEX, PLAIN, Notation, Token, text
from symlstm.notation.palette import Colour
from symlstm.notebook.html import element, letters, painted_letters
from symlstm.passes.substitute import Definitions
from symlstm.writers.latex_layout import aligned
from symlstm.writers.line import Line
from symlstm.writers.typesetter import Typesetter

WIDTH = 80
"""How wide a row of a formula may be, in digits."""
MOST = 40
"""Of more equations, the first ones are shown."""
LARGEST = 2_000
"""How many nodes an equation may have that is shown."""


def typesetter(notation: Notation, colours: Mapping[str, Colour] | None = None) -> Typesetter:
    """Return what makes lines for a notebook."""
    return Typesetter(notation, WIDTH, colours=colours or {})


def equation_lines(
    equations: Sequence[Equation], notation: Notation, colours: Mapping[str, Colour] | None = None
) -> list[Line]:
    """Return equations as lines, the first of many; one that is too large ends them."""
    measure, set_ = Definitions({}), typesetter(notation, colours)
    lines = [
        set_.equation(equation)
        for equation in islice(equations, MOST)
        if measure.size(equation) <= LARGEST
    ]
    if len(lines) < len(equations):
        lines.append(further(notation))
    return lines


def further(notation: Notation) -> Line:
    """Return the line that stands for those left out."""
    return Line([], ([notation.ellipsis[1]],), Token("", 0))


def latex(lines: Iterable[Line]) -> str:
    r"""Return lines as displayed mathematics, aligned at their relations.

    >>> from symlstm import LSTM
    >>> print(latex(equation_lines(LSTM(units=1).equations[-1:], LATEX)))
    $$
    \begin{aligned}
      h_t &= o_t \odot \tanh(c_t)
    \end{aligned}
    $$
    """
    body = aligned([*lines], WIDTH, text, pages=False)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def latex_of(equations: Sequence[Equation]) -> str:
    """Return equations as displayed mathematics."""
    return latex(equation_lines(equations, LATEX))


def in_html(lines: Sequence[Line]) -> str:
    """Return lines in letters of HTML, aligned at their relations."""
    parts = []
    for line in lines:
        left = painted_letters(line.left)
        for row in line.rows(WIDTH, PLAIN) or [[]]:
            parts.append(element("div", left, style="text-align:right"))
            parts.append(element("div", painted_letters(row) or letters(" ")))
            left = ""
    return element("div", *parts, style=_LINES)


_LINES = (
    "display:grid;grid-template-columns:max-content auto;column-gap:.3em;row-gap:.25em;"
    "justify-content:start;margin:.5em 0;line-height:1.5"
)
