"""The colours of gates in LaTeX: one name and one definition, in formulas and in figures."""

from __future__ import annotations

from collections.abc import Iterable

from symlstm.notation.palette import Colour


def named(colour: str) -> str:
    """Return what a colour is called, where others have names such as ``green``, too."""
    return f"Gate{colour.title()}"


def definitions(colours: Iterable[Colour], command: str = "definecolor") -> str:
    r"""Return the definitions of colours for the package xcolor.

    The ``command`` ``providecolor`` leaves one alone that is defined already.

    >>> from symlstm.notation.palette import PALETTE
    >>> print(definitions(PALETTE[:1]))
    \definecolor{GateGreen}{HTML}{007354}
    """
    return "\n".join(
        rf"\{command}{{{named(colour.name)}}}{{HTML}}{{{colour.light}}}" for colour in colours
    )
