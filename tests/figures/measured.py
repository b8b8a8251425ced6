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


def measured(page, figures, font=None):
    """Measure figures, given as the text of .svg files, in one of the fonts of this machine."""
    forced = f"svg text{{font-family:{font!r}!important}}" if font else ""
    style = f"<style>svg{{display:block;max-width:none!important}}{forced}</style>"
    page.set_content(f"<!doctype html><body>{style}{''.join(figures)}</body>")
    return [
        Measured(one["faults"], one["touching"], [Shown(**label) for label in one["labels"]])
        for one in page.evaluate(SCRIPT)
    ]
