"""What a catalogue says, with its parts in their places: a line of prose for each format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from markupsafe import Markup

from symlstm.languages.catalogue import PLACE, Catalogue
from symlstm.notation.formula import read_formula
from symlstm.writers.prose import Formula, Spans, Text, Written, spans


def said(catalogue: Catalogue, key: str, parts: Mapping[str, object]) -> Spans:
    """Return what is said for a key; raises `OutputError` as `Catalogue.sentence` does.

    A part that a format has written, such as a formula, stays as it is; any other one is text.

    >>> from symlstm.languages.catalogue import ENGLISH
    >>> said(ENGLISH, "step.heading", {"t": 3})
    (Text(text='Time step 3'),)
    """
    return spans(_filled(_read(catalogue.sentence(key, parts)), parts))


@cache
def _read(sentence: str) -> tuple[Text | Formula, ...]:
    """Return text and, from between dollars, mathematics; what is none of it stays as it is."""
    pieces = enumerate(_DOLLARS.split(sentence))
    return tuple(_mathematics(piece) if number % 2 else Text(piece) for number, piece in pieces)


_DOLLARS = re.compile(r"\$([^$]*)\$")


def _mathematics(source: str) -> Text | Formula:
    row = read_formula(source)
    return Text(f"${source}$") if row is None else Formula(row)


def _filled(
    read: tuple[Text | Formula, ...], parts: Mapping[str, object]
) -> Iterator[Text | Formula | Written]:
    for span in read:
        if isinstance(span, Formula):
            yield span
            continue
        for number, piece in enumerate(PLACE.split(span.text)):
            yield _part(parts[piece]) if number % 2 else Text(piece)


def _part(part: object) -> Text | Written:
    return Written(str(part)) if isinstance(part, Markup) else Text(str(part))
