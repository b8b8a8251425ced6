"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import jinja2
from markupsafe import Markup

from symlstm.notation import LATEX, Token, Tokens
from symlstm.notation.palette import Colour
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution.

    Formulas have colours once a template has defined these, by the filter ``definitions`` of
    ``document.colours``: one that does not know of colours needs no package for them.
    """

    name = "latex"
    suffix = ".tex"
    notation = LATEX
    width = 80
    # Braces and percent signs belong to TeX.
    delimiters: ClassVar = {
        "variable_start_string": "<<",
        "variable_end_string": ">>",
        "block_start_string": "<%",
        "block_end_string": "%>",
        "comment_start_string": "<#",
        "comment_end_string": "#>",
    }

    def __init__(self) -> None:
        self._defined: set[Colour] = set()

    def escape(self, text: str) -> str:
        return _LIGATURES.sub("{}", "".join(map(_escaped, text)))

    def comment(self, text: str) -> str:
        return f"% {text}"

    def display(self, lines: Sequence[Line]) -> str:
        return "\\begin{align*}\n" + aligned(lines, self.width, self.spelled) + "\n\\end{align*}"

    def inline(self, formula: Tokens) -> str:
        return f"${self.spelled(formula)}$"

    def paint(self, symbol: str, colour: Colour) -> str:
        known = colour in self._defined
        return rf"{{\color{{{_colour_name(colour)}}}{symbol}}}" if known else symbol

    def definitions(self, colours: Sequence[Colour]) -> str:
        """Return the definitions of colours, which the formulas after them have."""
        self._defined.update(colours)
        return "\n".join(
            rf"\definecolor{{{_colour_name(colour)}}}{{HTML}}{{{colour.light}}}"
            for colour in colours
        )

    def table(self, table: Table) -> str:
        columns = "r" * len(table.header)
        tall = any(token.height for row in table.rows for token in row)
        between = "\n\\addlinespace[6pt]\n" if tall else "\n"
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                self._row(table.header),
                r"\midrule",
                between.join(map(self._row, table.rows)),
                r"\bottomrule",
                r"\end{tabular}",
            ]
        )

    def _row(self, tokens: Sequence[Token]) -> str:
        return " & ".join(f"${self.spelled([token])}$" for token in tokens) + r" \\"

    def _environment(self, template: Path | None) -> jinja2.Environment:
        environment = super()._environment(template)
        self._defined.clear()
        environment.filters["definitions"] = lambda colours: Markup(self.definitions(colours))
        return environment


def aligned(lines: Sequence[Line], width: float, spelled: Callable[[Tokens], str]) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row."""
    room = width - left_width(lines)
    return " \\\\\n".join(
        f"  {spelled(line.left) if number == 0 else ''} &{spelled(row).lstrip()}"
        for line in lines
        for number, row in enumerate(line.rows(room, LATEX))
    )


def _colour_name(colour: Colour) -> str:
    """Return what a colour is called in LaTeX, where others have names such as ``green``, too."""
    return f"Gate{colour.name.title()}"


_GREEK_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""


def _letter(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")


_GREEK = {_letter(name): rf"\ensuremath{{\{name}}}" for name in _GREEK_NAMES.split()}
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
}
_LIGATURES = re.compile(r"(?<=[-`'<>,!?])(?=[-`'<>,])")
_LATIN = {chr(code) for code in range(0x20, 0x180)} - set("ĦħĸĿŀŉŦŧſ")
_PRINTABLE = _LATIN | set("–—‘’“”„†‡•…€™")


def _escaped(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _PRINTABLE and character.isprintable():
        return character
    if character.isspace():
        return "\n" if character == "\n" else " "
    return _GREEK.get(character, rf"\texttt{{[U+{ord(character):04X}]}}")
