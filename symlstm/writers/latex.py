"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from symlstm.notation import LATEX, Token, Tokens, text
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution."""

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

    def escape(self, text: str) -> str:
        return _LIGATURES.sub("{}", "".join(map(_escaped, text)))

    def comment(self, text: str) -> str:
        return f"% {text}"

    def display(self, lines: Sequence[Line]) -> str:
        return "\\begin{align*}\n" + aligned(lines, self.width) + "\n\\end{align*}"

    def inline(self, formula: Tokens) -> str:
        return f"${text(formula)}$"

    def table(self, table: Table) -> str:
        columns = "r" * len(table.header)
        tall = any(token.height for row in table.rows for token in row)
        between = "\n\\addlinespace[6pt]\n" if tall else "\n"
        return "\n".join(
            [
                rf"\begin{{tabular}}{{{columns}}}",
                r"\toprule",
                _row(table.header),
                r"\midrule",
                between.join(map(_row, table.rows)),
                r"\bottomrule",
                r"\end{tabular}",
            ]
        )


def aligned(lines: Sequence[Line], width: float) -> str:
    """Return lines as the body of an ``align*`` or ``aligned``, a row for each row."""
    room = width - left_width(lines)
    return " \\\\\n".join(
        f"  {text(line.left) if number == 0 else ''} &{text(row).lstrip()}"
        for line in lines
        for number, row in enumerate(line.rows(room, LATEX))
    )


def _row(tokens: Sequence[Token]) -> str:
    return " & ".join(f"${token.text}$" for token in tokens) + r" \\"


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
