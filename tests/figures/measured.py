"""Figures measured in a real browser, all of them on one page."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


class Shown(NamedTuple):
    """A label as a browser has it: what it is for, and the texts that it is made of."""

    quantity: str
    step: int | None
    value: str
    title: str
    texts: list


@dataclass
class Measured:
    """What is wrong with a figure, how often boxes of lines touch, and the labels."""

    faults: list
    touching: int
    labels: list


def measured(page, figures, fonts=(None,)):
    """Yield what is measured of figures, .svg files, in each of some fonts of this machine.

    They are put on the page once: where wires run takes longest to say, and is no matter of fonts.
    """
    style = "<style>svg{display:block;max-width:none!important}</style><style id='font'></style>"
    page.set_content(f"<!doctype html><body>{style}{''.join(figures)}</body>")
    for font in fonts:
        forced = f"svg text{{font-family:{font!r}!important}}" if font else ""
        page.evaluate("forced => document.getElementById('font').textContent = forced", forced)
        yield [
            Measured(one["faults"], one["touching"], [Shown(**label) for label in one["labels"]])
            for one in page.evaluate(SCRIPT)
        ]
