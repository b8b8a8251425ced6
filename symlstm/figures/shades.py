"""Shades: the colours of a heat map, and the light ones that boxes are filled with."""

from __future__ import annotations

from typing import NamedTuple

from symlstm.notation.palette import PALETTE, Colour

PAPER, NIGHT = "FFFFFF", "0D1117"
"""What a figure stands on, in the light and in the dark."""
ZERO = Colour("zero", "F0F0EE", "B8B8B8", "23282F")
"""The shade of what is zero."""
RULE = Colour("rule", "C6CACE", "8C9196", "3D444D")
"""The colour of the lines of a grid."""
TINT = 0.1
"""How much of its colour a box has."""

DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (7.0, 3.0),
    (2.0, 2.5),
    (8.0, 2.5, 2.0, 2.5),
    (4.0, 2.0),
    (9.0, 2.0, 2.0, 2.0, 2.0, 2.0),
    (1.5, 1.5),
    (12.0, 3.0),
)
"""The lengths of lines and gaps, in the order in which gates, or units, take them."""

_BY_NAME = {colour.name: colour for colour in PALETTE}
_HIGHEST, _LOWEST = _BY_NAME["vermillion"], _BY_NAME["blue"]


class Shade(NamedTuple):
    """A colour on a light page and on a dark one, as hexadecimal digits."""

    name: str
    light: str
    dark: str


def shade(name: str, part: float, highest: Colour | None = None) -> Shade:
    """Return the shade of a number from -1 to 1; it is the stronger, the further from zero.

    >>> shade("none", 0)
    Shade(name='none', light='F0F0EE', dark='23282F')
    """
    end = _LOWEST if part < 0 else highest or _HIGHEST
    much = min(abs(part), 1.0)
    return Shade(name, mixed(ZERO.light, end.light, much), mixed(ZERO.dark, end.dark, much))


def tint(colour: Colour) -> Shade:
    """Return the shade of a box of a colour."""
    light, dark = mixed(PAPER, colour.light, TINT), mixed(NIGHT, colour.dark, TINT)
    return Shade(colour.name, light, dark)


def mixed(one: str, other: str, part: float) -> str:
    """Return a colour with so large a part of another one."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return bytes(round(a + part * (b - a)) for a, b in pairs).hex().upper()
