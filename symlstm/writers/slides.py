r"""Slides in LaTeX's class beamer: frames of lines, tables and figures that grow line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Protocol

from markupsafe import Markup

from symlstm.notation import Tokens, width
from symlstm.writers.document import TimeStep
from symlstm.writers.frames import BETWEEN, Block, Unit, height, in_rows, packed, units
from symlstm.writers.latex_layout import natural
from symlstm.writers.line import Line, Lines
from symlstm.writers.picture import Picture
from symlstm.writers.screens import (
    AIR,
    HEIGHT,
    NORMAL,
    SMALLEST,
    WIDTH,
    Arrangement,
    Screen,
    Size,
    arranged,
    scale,
)
from symlstm.writers.summary import Table

LARGE_ENOUGH = 0.75
"""How large a figure has to be for lines to stand beside it."""
BESIDE = 12.0
"""The room between a figure and the lines beside it."""
WIDEST = 0.55
"""How much of the width lines may have that stand beside a figure."""


class Writing(Protocol):
    """How what stands on slides is written."""

    def spelled(self, tokens: Tokens) -> str:
        """Return tokens as one string."""

    def inline(self, formula: Tokens) -> str:
        """Return a formula for the midst of a text."""

    def table(self, table: Table, place: str = "c") -> str:
        """Return a table."""

    def drawn(self, picture: Picture) -> str:
        """Return a picture in its own size."""

    def say(self, key: str, **parts: object) -> str:
        """Return sentences of the language."""


class Slides:
    """Writes frames, each as full as it can be with nothing smaller than the text.

    ``of`` is what frames are part of, which stands beside their title.
    """

    def __init__(self, writing: Writing) -> None:
        self.writing = writing

    def functions(self) -> Mapping[str, Callable[..., str]]:
        """Return what the template of slides can say."""
        return {"frames": self.frames, "growing": self.growing, "scheme": self.scheme}

    def frames(self, title: str, *blocks: Block, of: str = "", ask: str = "") -> str:
        """Return frames with blocks below one another: texts, lines, tables, figures.

        ``ask`` is a question for the notes.
        """
        found = packed(units(blocks))
        notes = [[f"\\note{{{ask}}}"] if ask and frame is found[-1] else [] for frame in found]
        return self._framed(title, of, found, notes)

    def scheme(self, title: str, picture: Picture | None, *blocks: Block, ask: str) -> str:
        """Return frames of a cell: its figure beside texts and lines, or before them."""
        told = list(units(blocks))
        lines = [unit.content for unit in told if isinstance(unit.content, Line)]
        room = min(natural(lines, WIDEST * NORMAL.room), WIDEST * NORMAL.room)
        wide = room * NORMAL.points / 2
        told = list(units(blocks, wide=wide))
        left = WIDTH - wide - BESIDE
        if (
            picture is None
            or scale(picture.size, HEIGHT, left) < LARGE_ENOUGH
            or height(told) > HEIGHT
        ):
            return self.frames(title, picture) + self.frames(title, blocks, ask=ask)
        body = (
            rf"\begin{{minipage}}{{{left:.0f}pt}}",
            self._picture(picture, scale(picture.size, HEIGHT, left)),
            rf"\end{{minipage}}\hfill\begin{{minipage}}{{{wide:.0f}pt}}\raggedright",
            self._body(told),
            r"\end{minipage}",
        )
        return _frame(title, "", "\n".join(body), [rf"\note{{{ask}}}"])

    def growing(self, steps: Sequence[TimeStep], key: str, of: str = "", ask: str = "") -> str:
        """Return frames of time steps: their lines come one after another.

        With figures that can be read, their values come with them. ``ask`` asks for the step that
        follows.
        """
        drawn = [step.figure.size for step in steps if step.figure]
        arrangement = arranged(steps, drawn[0]) if drawn else None
        if arrangement and arrangement.scale < SMALLEST:
            arrangement = None
        shown = []
        for step, follows in pairwise([*steps, None]):
            assert step is not None
            title, last = self.writing.say(key, t=step.t), ""
            if ask and follows:
                last = self.writing.say(ask, t=follows.t)
            if arrangement and step.figure and not step.held:
                shown.append(self._drawn(step, step.figure, arrangement, title, of, last))
            else:
                shown.append(self._told(step, title, of, last))
        return "".join(shown)

    # Time steps.

    def _told(self, step: TimeStep, title: str, of: str, last: str) -> str:
        """Return the frames of a time step without a figure."""
        known: Block = (self.writing.say("step.goes_in"), step.known) if step.known else ()
        if step.held:
            known = self.writing.say(step.held)
        found = packed([*units(known), *units(step.lines, grow=True)])
        notes = []
        told = 0
        for frame in found:
            count = sum(unit.grows and not unit.goes_on for unit in frame)
            first = 0 if any(not unit.grows for unit in frame) else 1
            notes.append(
                [
                    self._note(overlay, step.lines, told + done, last)
                    for overlay, done in enumerate(range(first, count + 1), start=1)
                ]
            )
            told += count
        return self._framed(title, of, found, notes)

    def _drawn(
        self,
        step: TimeStep,
        picture: Picture,
        arrangement: Arrangement,
        title: str,
        of: str,
        last: str,
    ) -> str:
        """Return the frame of a time step whose figure grows."""
        screens = list(enumerate(arrangement.screens(step), start=1))
        body = [self._picture(picture, arrangement.scale)]
        if arrangement.high:
            below = [(n, screen) for n, screen in screens if screen.drawn]
            body.append(rf"\par\nointerlineskip\vspace{{{AIR:g}pt}}")
            body.append(self._told_lines(below, arrangement.size, arrangement.high))
        alone = [(n, screen) for n, screen in screens if not screen.drawn]
        if alone:
            drawn = ",".join(str(n) for n, screen in screens if screen.drawn)
            told = ",".join(str(n) for n, _ in alone)
            lines = self._told_lines(alone, arrangement.size, HEIGHT)
            body = [rf"\only<{drawn}>{{", *body, "}%", rf"\only<{told}>{{{lines}}}"]
        notes = [self._note(n, step.lines, screen.number, last) for n, screen in screens]
        return _frame(title, of, "\n".join(body), notes)

    def _told_lines(self, screens: Sequence[tuple[int, Screen]], size: Size, high: float) -> str:
        """Return a box with the lines of screens, each seen on its own."""
        told = [self._screen(number, screen, size) for number, screen in screens if screen.line]
        start = rf"\begin{{minipage}}[b][{high:.1f}pt][c]{{\linewidth}}\{size.name}"
        return "\n".join((start, *told, r"\end{minipage}"))

    def _screen(self, number: int, screen: Screen, size: Size) -> str:
        assert screen.line is not None
        rows = [
            self._row(screen.line, row, screen.goes_on or k > 0)
            for k, row in enumerate(screen.rows)
        ]
        shown = rf"\narrow{{{_aligned(rows)}}}"
        if screen.number == 0 and not screen.goes_on:
            words = self.writing.say("step.goes_in")
            room = size.room - len(words) - width(screen.line.left)
            if not screen.drawn:
                shown = rf"{words}\par {shown}"
            elif len(rows) == 1 and width(screen.rows[0]) <= room:
                shown = rf"{words}\quad {shown}"
        return rf"\only<{number}>{{{shown}}}%"

    def _note(self, overlay: int, lines: Lines, told: int, last: str) -> str:
        """Return the question to ask on an overlay, when so many lines have been told."""
        asked = self._asked(lines[told]) if told < len(lines) else last
        return rf"\note<{overlay}>{{{asked}}}" if asked else ""

    def _asked(self, line: Line) -> str:
        """Return what to ask before a line, and the answer."""
        value = Markup(self.writing.inline(line.left))
        if not line.needs:
            return self.writing.say("slides.next", value=value)
        needs = Markup(", ".join(map(self.writing.inline, line.needs)))
        asked = self.writing.say("slides.asked", value=value)
        return f"{asked}\\par {self.writing.say('slides.needs', values=needs)}"

    # What stands on frames.

    def _framed(
        self, title: str, of: str, frames: Sequence[list[Unit]], notes: Sequence[list[str]]
    ) -> str:
        return "".join(
            _frame(title, of, self._body(frame), said)
            for frame, said in zip(frames, notes, strict=True)
        )

    def _body(self, frame: list[Unit]) -> str:
        """Return what stands on a frame, with room between blocks."""
        return f"\\par\\nointerlineskip\\vspace{{{BETWEEN:g}pt}}\n".join(self._blocks(frame))

    def _blocks(self, frame: list[Unit]) -> Iterator[str]:
        overlay = 0 if all(unit.grows for unit in frame) else 1
        for kind, run in groupby(frame, lambda unit: type(unit.content)):
            found = list(run)
            if issubclass(kind, Line):
                rows = []
                for unit in found:
                    overlay += unit.grows and not unit.goes_on
                    rows += list(self._rows(unit, overlay))
                yield rf"\narrow{{{_aligned(rows)}}}"
            elif issubclass(kind, Table):
                for row in in_rows(found):
                    yield "\\hskip2em\\penalty0\n".join(map(self._table, row))
            else:
                left = HEIGHT - height([unit for unit in frame if unit not in found])
                yield from (self._whole(unit, left - BETWEEN) for unit in found)

    def _rows(self, unit: Unit, overlay: int) -> Iterator[str]:
        assert isinstance(unit.content, Line)
        for k, row in enumerate(unit.rows):
            shown = self._row(
                unit.content, row, unit.goes_on or k > 0, overlay if unit.grows else 1
            )
            yield shown

    def _row(self, line: Line, row: Tokens, goes_on: bool, overlay: int = 1) -> str:
        """Return a row for ``aligned``, seen from an overlay on."""
        cells = "" if goes_on else self.writing.spelled(line.left), self.writing.spelled(row)
        if overlay > 1:
            left, right = (rf"\uncover<{overlay}->{{{cell}}}" if cell else "" for cell in cells)
            return f"{left} & {right}"
        return " &".join(cells)

    def _table(self, unit: Unit) -> str:
        assert isinstance(unit.content, Table)
        # In the text, fractions would be as small as an index.
        return rf"\narrow{{\everymath{{\displaystyle}}{self.writing.table(unit.content, 't')}}}"

    def _whole(self, unit: Unit, left: float) -> str:
        """Return a text, or a figure that takes the room that is left."""
        if isinstance(unit.content, Picture):
            return self._picture(unit.content, scale(unit.content.size, left))
        return str(unit.content)

    def _picture(self, picture: Picture, size: float) -> str:
        drawing = self.writing.drawn(picture)
        return f"\\centerline{{\\scalebox{{{size:.3f}}}{{%\n{drawing}\n}}}}"


def _aligned(rows: Sequence[str]) -> str:
    """Return rows as mathematics that takes part in a paragraph."""
    body = " \\\\\n".join(rows)
    return f"$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$"


def _frame(title: str, of: str, body: str, notes: Sequence[str]) -> str:
    """Return a frame, with what it is part of beside its title, and its notes."""
    beside = f"\\framesubtitle{{{of}}}\n" if of else ""
    said = "".join(f"{note}\n" for note in notes if note)
    return (
        f"\\begin{{frame}}{{{title}}}\n{beside}\\begin{{whole}}\n{body}\n\\end{{whole}}\n"
        f"{said}\\end{{frame}}\n\n"
    )
