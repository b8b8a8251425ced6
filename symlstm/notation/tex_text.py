"""Text in LaTeX that is printed and never executed."""

from __future__ import annotations

import re
import unicodedata


def escaped(text: str) -> str:
    r"""Return text for LaTeX, in which no character has a meaning of its own.

    >>> print(escaped(r"50% of \x--y"))
    50\% of \textbackslash{}x-{}-y
    """
    return _LIGATURES.sub("{}", "".join(map(_escaped, text)))


def metadata(text: str) -> str:
    """Return text for the title of a PDF: with a question mark for what LaTeX cannot spell."""
    line = " ".join(text.split())
    return escaped("".join(one if one in _PRINTABLE else "?" for one in line))


def label(text: str) -> str:
    """Return a name for what is labelled in a document of this title.

    >>> label("One unit: W, b")
    'one-unit-w-b'
    """
    return "-".join(re.findall("[a-z0-9]+", text.lower())) or "document"


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
