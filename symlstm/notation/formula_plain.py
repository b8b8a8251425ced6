"""Formulas of users in plain Unicode text, for a terminal."""

from __future__ import annotations

from symlstm.notation.formula import (
    Applied,
    Braced,
    Fenced,
    Grid,
    Node,
    Row,
    Scripted,
    Sign,
    Sized,
    Words,
)
from symlstm.notation.formula_words import ACCENTS, FRACTIONS, SIGNS, Kind
from symlstm.notation.plain_forms import SUPERSCRIPTS

DOUBLE_STRUCK = str.maketrans("CEHNPQRZ", "ℂ𝔼ℍℕℙℚℝℤ")
SUPERSCRIPT = {r"\top": "ᵀ", "T": "ᵀ", "n": "ⁿ", "+": "⁺", "*": "*", r"\ast": "*"}
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀⁿ"
BRACKETS = {
    "pmatrix": "()", "bmatrix": "[]", "Bmatrix": "{}", "vmatrix": "||", "Vmatrix": "‖‖",
    "cases": "{ ",
}  # fmt: skip
_TIGHT = {Kind.BINARY, Kind.RELATION, Kind.OPENING, Kind.PUNCTUATION, Kind.SPACE}


def plain_formula(row: Row, line_end: str = "; ") -> str:
    r"""Return a formula as plain text; ``line_end`` is what ends the rows of aligned lines.

    >>> from symlstm.notation.formula import read_formula
    >>> plain_formula(read_formula(r"c_t=f_t\odot c_{t-1}+\frac{a+1}{2}\tanh(x)^2"))
    'c_t = f_t ⊙ c_{t-1} + (a + 1)/2 tanh(x)²'
    """
    shown, before = "", Kind.OPENING
    for node in row:
        text, kind = _node(node, line_end), _kind(node)
        if kind is Kind.BINARY and before in _TIGHT:
            shown, kind = shown + text, Kind.OPENING  # a sign of its own, as that of -1
        elif kind in {Kind.BINARY, Kind.RELATION}:
            shown += f" {text} "
        elif kind is Kind.PUNCTUATION:
            shown += f"{text} "
        else:
            shown += _room(shown, before, text, kind) + text
        before = kind
    return " ".join(shown.split()) if len(row) > 1 and "\n" not in shown else shown.strip(" ")


def _kind(node: Node) -> Kind:
    if isinstance(node, Scripted):
        return Kind.ORDINARY if node.base is None else _kind(node.base)
    if isinstance(node, Words):
        return Kind.FUNCTION if node.command == r"\operatorname" else Kind.ORDINARY
    return SIGNS[node.word][1] if isinstance(node, Sign) else Kind.ORDINARY


def _room(shown: str, before: Kind, text: str, kind: Kind) -> str:
    """Return what stands between a formula so far and what follows it."""
    if not shown or not text or kind in {Kind.CLOSING, Kind.SPACE} or before in _TIGHT:
        return ""
    if kind is Kind.OPENING or text[0] in "([":
        return ""
    if Kind.FUNCTION in {before, kind}:
        return " "
    if shown[-1] in "∂∇√∑∏":
        return "" if shown[-1] in "∂∇√" else " "
    long = len(text) > 1 or not shown[-1].isalnum() or bool({"_", *RAISED} & {*shown[-3:]})
    return " " if long and text[0] not in "/|.!?'" and shown[-1] not in "/|.([" else ""


def _node(node: Node, line_end: str) -> str:
    if isinstance(node, Sign):
        return SIGNS[node.word][0]
    if isinstance(node, Braced):
        return plain_formula(node.inside)
    if isinstance(node, Words):
        return node.text
    if isinstance(node, Sized):
        return _bracket(node.bracket)
    if isinstance(node, Fenced):
        return f"{_bracket(node.left)}{plain_formula(node.inside)}{_bracket(node.right)}"
    if isinstance(node, Applied):
        return _applied(node)
    return _scripted(node) if isinstance(node, Scripted) else _grid(node, line_end)


def _bracket(word: str) -> str:
    return "" if word == "." else SIGNS[word][0]


def _applied(node: Applied) -> str:
    if node.command in FRACTIONS:
        return "/".join(map(_whole, node.arguments))
    first = plain_formula(node.arguments[0])
    if node.command == r"\sqrt":
        degree = "" if node.degree is None else plain_formula(node.degree)
        return f"{degree.translate(SUPERSCRIPTS)}√{_whole(node.arguments[0])}"
    if node.command == r"\binom":
        return f"binom({first}, {plain_formula(node.arguments[1])})"
    if node.command in ACCENTS:
        return first + ACCENTS[node.command] if len(first) == 1 else f"{node.command[1:]}({first})"
    return first.translate(DOUBLE_STRUCK) if node.command == r"\mathbb" else first


def _whole(row: Row) -> str:
    """Return a part of a fraction or a root, between brackets if it is made of several."""
    shown = plain_formula(row) or "()"
    alone = len(row) == 1 or shown.isalnum()
    return shown if (alone or shown[0] == "∂") and not {" ", "/"} & {*shown} else f"({shown})"


def _scripted(node: Scripted) -> str:
    base = "" if node.base is None else _node(node.base, "; ")
    below = "" if node.below is None else plain_formula(node.below).replace(" ", "")
    index = below if below.isalnum() or not below else f"{{{below}}}"
    above = "" if node.above is None else _above(node.above, _kind(node))
    return f"{base}{chr(39) * node.primes}{index and '_'}{index}{above}"


def _above(row: Row, kind: Kind) -> str:
    letter = row[0].word if len(row) == 1 and isinstance(row[0], Sign) else ""
    if letter in SUPERSCRIPT and kind is not Kind.FUNCTION:
        return SUPERSCRIPT[letter]
    shown = plain_formula(row).replace(" ", "")
    if shown.removeprefix("-").isdigit():
        return shown.translate(SUPERSCRIPTS)
    return f"^{shown}" if shown.isalnum() else f"^({shown})"


def _grid(grid: Grid, line_end: str) -> str:
    rows = [[plain_formula(cell) for cell in row] for row in grid.rows]
    if grid.kind == "aligned":
        return line_end.join(" ".join(filter(None, row)) for row in rows)
    between = ", " if grid.kind == "cases" else " "
    brackets = BRACKETS.get(grid.kind, "[]")
    inside = "; ".join(between.join(row) for row in rows)
    return f"{brackets[0]}{inside}{brackets[1]}".strip()
