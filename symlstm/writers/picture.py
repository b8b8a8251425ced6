"""A figure of a document."""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.notation.palette import Colour


@dataclass(frozen=True)
class Picture:
    """A figure, drawn in the language that the format has for it, for the filter ``picture``.

    ``name`` is one that no other figure of the document has, ``words`` say what it shows,
    ``colours`` are those that the drawing has and does not define, and ``code`` draws it. ``size``
    is how wide and high it is, in points.
    """

    name: str
    words: str
    drawing: str
    colours: tuple[Colour, ...] = ()
    code: str = ""
    size: tuple[float, float] = (0.0, 0.0)
