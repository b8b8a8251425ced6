"""What a catalogue says, with its parts in their places: a line of prose for each format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from markupsafe import Markup

from symlstm.languages.catalogue import PLACE, Catalogue
from symlstm.writers.prose import Emphasis, Paragraph, Span, Spans, Text, Written, spans
from symlstm.writers.prose_reader import read_prose


def said(catalogue: Catalogue, key: str, parts: Mapping[str, object]) -> Spans:
    """Return what is said for a key; raises `OutputError` as `Catalogue.sentence` does.

    A part that a format has written, such as a formula, stays as it is; any other one is text.

    >>> from symlstm.languages.catalogue import ENGLISH
    >>> said(ENGLISH, "step.heading", {"t": 3})
    (Text(text='Time step 3'),)
    """
    return spans(_filled(_read(catalogue.sentence(key, parts)), parts))


@cache
def _read(sentence: str) -> Spans:
    (block,) = read_prose(sentence)
    assert isinstance(block, Paragraph), sentence
    return block.spans


def _filled(read: Spans, parts: Mapping[str, object]) -> Iterator[Span]:
    for span in read:
        if isinstance(span, Emphasis):
            yield replace(span, spans=tuple(_filled(span.spans, parts)))
        elif isinstance(span, Text):
            for number, piece in enumerate(PLACE.split(span.text)):
                yield _part(parts[piece]) if number % 2 else Text(piece)
        else:
            yield span


def _part(part: object) -> Text | Written:
    return Written(str(part)) if isinstance(part, Markup) else Text(str(part))
