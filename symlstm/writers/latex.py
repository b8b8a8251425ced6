"""Documents in LaTeX: complete, self-contained, for pdflatex."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from symlstm.notation import LATEX, Token, text
from symlstm.writers.formats import Format
from symlstm.writers.line import Line, left_width
from symlstm.writers.summary import Table


class LatexFormat(Format):
    """A .tex file of the article class; the packages are those of every TeX distribution."""

    name = "latex"
    suffix = ".tex"
    notation = LATEX
    width = 80
    delimiters = {  # noqa: RUF012 - as jinja2 calls them; braces belong to TeX
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


_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
}
_LIGATURES = re.compile(r"(?<=[-`'<>,!?])(?=[-`'<>,])")
_PUNCTUATION = "–—‘’“”„†‡•…€™"


def _escaped(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _PUNCTUATION or (character.isprintable() and ord(character) < 0x180):
        return character
    if character.isspace():
        return "\n" if character == "\n" else " "
    name = unicodedata.name(character, "").replace("LAMDA", "LAMBDA")
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    if greek and greek[2] not in ("OMICRON", "FINAL"):
        letter = greek[2].lower()
        return _greek(letter.capitalize() if greek[1] == "CAPITAL" else letter)
    return rf"\texttt{{U+{ord(character):04X}}}"


_LATIN_CAPITALS = {
    "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K",
    "Mu": "M", "Nu": "N", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip


def _greek(name: str) -> str:
    return _LATIN_CAPITALS.get(name) or rf"\ensuremath{{\{name}}}"
