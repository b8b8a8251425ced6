"""Figures in a real browser: no text on another, none outside, and every value where it belongs."""

from collections import Counter

import pytest
from drawn_runs import every_picture, gallery, random_runs
from measured import measured
from said import wrong

FONTS = None, "DejaVu Serif", "Liberation Serif"
"""The font that a figure asks for, a wide one, and one as wide as Times."""
RANDOM_CELLS = 40


def misread(drawn, labels):
    """Yield what is wrong with the labels of a figure of values."""
    named = [label for label in labels if label.quantity]
    counts = Counter((label.quantity, label.step) for label in named)
    for key in {*counts, *drawn.values}:
        most = (key in drawn.values) + (key in drawn.twice)
        if not 1 <= counts[key] <= most:
            yield f"{key} stands there {counts[key]} times"
    for label in named:
        if (label.quantity, label.step) in drawn.values:
            entries = drawn.values[label.quantity, label.step]
            yield from wrong(label, entries, exact=drawn.exact, rounds=drawn.rounds)


def assert_legible(in_browser, figures):
    texts = [drawn.figure.svg() for drawn in figures]
    each = in_browser(lambda page: [*measured(page, texts, FONTS)])
    for font, found in zip(FONTS, each, strict=True):
        faults = {d.name: one.faults for d, one in zip(figures, found, strict=True) if one.faults}
        assert not faults, f"in {font or 'the usual font'}"
    for drawn, one in zip(figures, found, strict=True):
        if drawn.values:
            assert list(misread(drawn, one.labels)) == [], drawn.name


@pytest.mark.slow
def test_the_gallery(in_browser, root):
    figures = list(gallery(root))
    assert len(figures) >= 80
    assert_legible(in_browser, figures)


@pytest.mark.slow
def test_random_cells(in_browser):
    figures = list(random_runs(RANDOM_CELLS))
    assert len(figures) >= RANDOM_CELLS
    assert_legible(in_browser, figures)


@pytest.mark.slow
def test_every_picture_of_every_kind_of_cell(in_browser):
    figures = list(every_picture())
    assert len(figures) >= 80
    assert_legible(in_browser, figures)


TEXT = '<g><text x="{x}" y="20">some words</text></g>'
NODE = '<g><rect x="10" y="8" width="{w}" height="16"/><g><text x="12" y="20">words</text></g></g>'
LINE = '<g aria-label="c"><path class="line" d="M{x} 0V40"/></g>'


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        (TEXT.format(x=10), None),
        (TEXT.format(x=10) + TEXT.format(x=30), "some words stands on some words"),
        (TEXT.format(x=180), "some words is outside"),
        (TEXT.format(x=10) + LINE.format(x=25), "some words is crossed by c"),
        (TEXT.format(x=10) + LINE.format(x=5), None),
        (NODE.format(w=60), None),
        (NODE.format(w=20), "words is wider than its node"),
        (NODE.format(w=60) + TEXT.format(x=40), "some words stands on a node"),
    ],
)
def test_what_is_illegible_is_noticed(in_browser, inside, fault):
    figure = f'<svg viewBox="0 0 200 40" width="200" height="40">{inside}</svg>'
    ((found,),) = in_browser(lambda page: [*measured(page, [figure])])
    assert (fault in found.faults) if fault else found.faults == []
