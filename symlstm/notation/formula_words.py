"""The signs and commands of LaTeX's mathematics that a user's formula may have, and no others.

Each is known to amsmath, to amssymb and to MathJax, and none of them reads a file, defines anything
or leaves its place.
"""

from __future__ import annotations

import unicodedata
from enum import Enum, auto


class Kind(Enum):
    """What a sign is, by which plain text knows where there is room."""

    ORDINARY = auto()
    BINARY = auto()
    RELATION = auto()
    FUNCTION = auto()
    OPENING = auto()
    CLOSING = auto()
    PUNCTUATION = auto()
    SPACE = auto()


def _greek(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")


_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_ORDINARY = """
    varepsilon ε vartheta θ varphi φ varrho ρ varsigma ς varpi π partial ∂ nabla ∇ infty ∞ ell ℓ
    hbar ℏ Re Re Im Im emptyset ∅ varnothing ∅ forall ∀ exists ∃ neg ¬ top ⊤ bot ⊥ prime ′ angle ∠
    ldots … dots … cdots ⋯ vdots ⋮ ddots ⋱ vert | Vert ‖ | ‖
"""
_BINARY = """
    cdot · odot ⊙ otimes ⊗ oplus ⊕ ominus ⊖ oslash ⊘ times × div ÷ pm ± mp ∓ circ ∘ ast * star ⋆
    bullet • wedge ∧ vee ∨ cup ∪ cap ∩ setminus ∖
"""
_RELATIONS = """
    le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ lt < gt > approx ≈ equiv ≡ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪
    gg ≫ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ mid | parallel ∥ perp ⟂ to →
    gets ← rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔
    longrightarrow ⟶ longleftarrow ⟵ mapsto ↦ uparrow ↑ downarrow ↓ implies ⟹ iff ⟺
"""
_FUNCTIONS = """
    sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg max min sup inf
    lim liminf limsup arg det dim ker deg gcd Pr
"""
_LARGE = "sum ∑ prod ∏ int ∫ iint ∬ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂"
_OPENING = "{ { lbrace { lbrack [ langle ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖"
_CLOSING = "} } rbrace } rbrack ] rangle ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖"


def _pairs(words: str, kind: Kind) -> dict[str, tuple[str, Kind]]:
    parts = words.split()
    return {f"\\{word}": (plain, kind) for word, plain in zip(parts[::2], parts[1::2], strict=True)}


SIGNS: dict[str, tuple[str, Kind]] = {
    **{f"\\{name}": (_greek(name), Kind.ORDINARY) for name in _GREEK.split()},
    **_pairs(_ORDINARY, Kind.ORDINARY),
    **_pairs(_BINARY, Kind.BINARY),
    **_pairs(_RELATIONS, Kind.RELATION),
    **_pairs(_LARGE, Kind.FUNCTION),
    **{f"\\{name}": (name, Kind.FUNCTION) for name in _FUNCTIONS.split()},
    **_pairs(_OPENING, Kind.OPENING),
    **_pairs(_CLOSING, Kind.CLOSING),
    **{letter: (letter, Kind.ORDINARY) for letter in map(chr, range(128)) if letter.isalnum()},
    **{sign: (sign, Kind.ORDINARY) for sign in "/|.!?"},
    **{sign: (sign, Kind.BINARY) for sign in "+-*"},
    **{sign: (sign, Kind.RELATION) for sign in "=<>:"},
    **{sign: (sign, Kind.PUNCTUATION) for sign in ",;"},
    **{sign: (sign, Kind.OPENING) for sign in "(["},
    **{sign: (sign, Kind.CLOSING) for sign in ")]"},
    r"\colon": (":", Kind.PUNCTUATION),
    **dict.fromkeys((r"\,", r"\:", r"\;", r"\ ", "~"), (" ", Kind.SPACE)),
    r"\!": ("", Kind.SPACE),
    r"\quad": ("  ", Kind.SPACE),
    r"\qquad": ("    ", Kind.SPACE),
    **{f"\\{style}style": ("", Kind.SPACE) for style in ("display", "text", "script")},
}
"""A sign or a command without arguments: what it is in plain text, and its kind."""

MEANT = {
    **{
        plain: word
        for word, (plain, _) in reversed(SIGNS.items())
        if len(plain) == 1 and not plain.isascii()
    },
    "−": "-",
}
"""What a character that is no ASCII stands for: a command."""

ACCENTS = {
    r"\hat": "\u0302", r"\widehat": "\u0302", r"\tilde": "\u0303", r"\widetilde": "\u0303",
    r"\bar": "\u0304", r"\overline": "\u0304", r"\underline": "\u0332", r"\vec": "\u20d7",
    r"\dot": "\u0307", r"\ddot": "\u0308", r"\check": "\u030c", r"\breve": "\u0306",
}  # fmt: skip
"""Accents, and the combining character of each."""

FONTS = {
    *(rf"\math{font}" for font in ("rm", "bf", "it", "sf", "tt", "bb", "cal", "frak")),
    r"\boldsymbol",
}
"""Letters of other kinds."""

FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac"}

ARGUMENTS = {
    **dict.fromkeys([*ACCENTS, *FONTS, r"\sqrt"], 1),
    **dict.fromkeys([*FRACTIONS, r"\binom"], 2),
}
"""How many arguments a command takes."""

WORDS = {r"\text", r"\operatorname"}
"""What takes words, and no mathematics."""

DELIMITERS = {
    *"()[]|/.",
    *(r"\{", r"\}", r"\|", r"\vert", r"\Vert", r"\uparrow", r"\downarrow"),
    *(word for word in SIGNS if SIGNS[word][1] in {Kind.OPENING, Kind.CLOSING}),
}
"""What brackets can be, of a size of their own; a dot is none."""

SIZES = {f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", *"lmr")}

GRIDS = {
    **dict.fromkeys(("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix"), 10),
    "smallmatrix": 10,
    "aligned": 10,
    "cases": 2,
}
"""Environments, and how many columns they may have."""
