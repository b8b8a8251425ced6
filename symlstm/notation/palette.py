"""The colours of gates: a few that colour-blind readers tell apart, each in three shades.

The hues are those of Okabe and Ito, "Color Universal Design" (2008). All colours of a shade are as
bright as one another: on grey paper they are one grey, and letters and dashes tell them apart.
"""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """A colour, as hexadecimal digits of red, green and blue.

    ``light`` stands out by 5.8 : 1 from white, ``dark`` by 7.4 : 1 from the dark of a page at
    night, and ``middle`` by 4.2 : 1 from both, for text whose page is not known.
    """

    name: str
    light: str
    middle: str
    dark: str


PALETTE = (
    Colour("green", "007354", "008963", "00B886"),
    Colour("vermillion", "A74A00", "C55700", "FF7D17"),
    Colour("blue", "006AA5", "007EC4", "11AAFF"),
    Colour("purple", "A63F78", "BD518D", "D38CB4"),
    Colour("amber", "875D00", "A06F00", "D89500"),
    Colour("sky", "146A9B", "187FB8", "43ABE6"),
    Colour("olive", "696900", "7B7B00", "A8A800"),
    Colour("grey", "656565", "777777", "A2A2A2"),
)
"""The colours in the order in which gates take them; further gates begin again."""
