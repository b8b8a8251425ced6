"""Writers: a trace, gradients or trainings in; a document, in one of several formats, out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from symlstm.errors import OutputError, choices
from symlstm.notation.tex_text import label
from symlstm.writers.composer import Composer
from symlstm.writers.document import Chapter, Document
from symlstm.writers.formats import Format
from symlstm.writers.illustrated import Wanted
from symlstm.writers.networks import chapters_of, labelled, told_once
from symlstm.writers.subjects import Subject
from symlstm.writers.topic import CLOSED_FORM_SIZE, Topic
from symlstm.writers.typesetter import Typesetter

__all__ = [
    "FORMATS",
    "Subject",
    "Topic",
    "chosen_format",
    "format_named",
    "hand_calculation",
    "write",
]

FORMATS = ("latex", "markdown", "terminal")
"""The names of the formats of a text."""


def hand_calculation(
    subject: Subject,
    format: str = "terminal",
    *,
    title: str | None = None,
    author: str = "",
    introduction: str = "",
    worked: bool | None = None,
    closed_form_size: int = CLOSED_FORM_SIZE,
    state_jacobian: str | None = None,
    steps: bool = False,
    running_sums: bool = False,
    digits: int | None = None,
    figures: Wanted = None,
    template: Path | None = None,
    kind: str = "page",
    language: str = "en",
) -> str:
    r"""Return the hand calculation of what was run: exact, certified, rounded or symbolic.

    ``subject`` is a trace; its loss; gradients, for the backward pass after that; a training,
    or one update of it; or several trainings of one layer, to compare their batch sizes. The
    formats are ``"latex"``, ``"markdown"`` and ``"terminal"``.

    ``worked`` says whether each value has a line, or all values stand in tables alone; unless it is
    said, cells of more than four units have tables. Closed forms of more than ``closed_form_size``
    nodes are left out. ``state_jacobian`` names a state, ``"c"`` or ``"h"``, of which to tell how
    it carries its gradient through time. With ``steps``, products with weights have lines of their
    own; with ``running_sums``, the gradients by the weights are summed up step by step, and not at
    the end. ``template`` is a Jinja2 file to fill instead of the format's own.
    ``kind`` is ``"page"``; ``"summary"``, for one page without the lines; or, in LaTeX,
    ``"fragment"``, to ``\\input`` in a paper of one's own, or ``"slides"``, for a lecture: a frame
    for each time step, whose figure grows line by line, of up to twelve time steps unless
    ``worked`` is ``True``, and notes with what to ask next.
    ``language`` is the one that it is written in, ``"en"`` or ``"de"``: all but the title, the
    author and the introduction.

    ``introduction`` is Markdown, with mathematics as LaTeX writes it between dollars: ``$c_t$``. It
    is printed and never run: of HTML, images and commands other than those of mathematics, the
    characters are printed.

    Symbols of a gate have a colour in LaTeX and Markdown, the same one all through the document.

    In LaTeX there are ``figures`` in TikZ: of the ``"cell"``, of all ``"steps"`` with their values,
    of the ``"reset"`` after the sequence, of the ``"backward"`` pass, of the ``"carousel"`` of a
    state Jacobian. It is all of these that apply if it is ``True``, none if ``False``, or those in
    a list. Unless it is said, it is all for a cell of one to three units, but those of each time
    step only where there are numbers, and no more than twelve time steps. Those of Markdown are
    files beside it, which the command ``symlstm derive`` writes.

    A trace of balls is told in decimals of ``digits`` digits, as far as it was run for so many, and
    of six unless they are given. Each is the nearest to the true value, and is proven to be: what
    has such a number in it stands after ≈, and a value of which so many digits are not proven, as
    those of intervals, is enclosed in [a, b], after ∈.

    An exact trace is told in exact numbers. With ``digits``, long ones are rounded to so many,
    after ≈, and so they are to six where weights are floats that a program has made.

    A trace of decimals is told as a pocket calculator's user works: rounded values with all their
    places, after ≈ where something has been rounded on the way from one formula to the next, so
    that each follows from the numbers before it. The end says how far that is from the true output.

    Raises `OutputError` for an unknown format, kind or language, figures that are unknown or that
    the format has not, or a template that cannot be filled, and `NotExactError` for values in
    floats.

    >>> from symlstm import LSTM, hand_calculation
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1])
    >>> "c_2 = f_2 · c_1 + i_2 · c̃_2 = 2 · 1 + 2 · 2 = 6" in hand_calculation(trace)
    True
    >>> r"h_2 &= {\color{GatePurple}o_2} \cdot c_2 = 2 \cdot 6 = \boldsymbol{12}" in (
    ...     hand_calculation(trace, "latex"))
    True
    """
    topic = Topic(
        subject,
        introduction=introduction,
        worked=worked,
        closed_form_size=closed_form_size,
        state_jacobian=state_jacobian,
        steps=steps,
        running_sums=running_sums,
        digits=digits,
        figures=figures,
    )
    chosen = chosen_format(format, kind, language)
    if figures and not chosen.drawing:
        message = f"figures is {figures!r}, and a text for {format!r} alone holds none"
        mend = "symlstm derive FILE -o DOCUMENT.md writes those of Markdown beside it"
        raise OutputError(f"{message}; {mend}; leave them out", argument="figures")
    return write([topic], chosen, title=title, author=author, template=template)


def write(
    topics: Sequence[Topic],
    format: str | Format,
    *,
    title: str | None = None,
    author: str = "",
    template: Path | None = None,
) -> str:
    """Return a document with a chapter for each topic; see `hand_calculation`."""
    chosen = chosen_format(format)
    topics = [
        part for topic in topics for part in chapters_of(topic, chosen.catalogue, chosen.kind)
    ]
    if chosen.kind == "summary":
        topics = [topic.brief for topic in topics]
    if chosen.kind == "slides":
        topics = [topic.for_slides for topic in topics]
    composer = Composer(Typesetter.of(chosen.notation, chosen.width, chosen.catalogue))
    chapters = told_once([*map(composer.chapter, topics)])
    if chosen.drawing:
        from symlstm.writers.illustrator import illustrated

        chapters = tuple(
            illustrated(chapter, topic, chosen, number)
            for number, (chapter, topic) in enumerate(zip(chapters, topics, strict=True), start=1)
        )
    if title is None:
        title = chosen.catalogue.words("document.title", cell=_named(chapters, chosen))
    name = label(title)
    if chosen.kind == "fragment":
        # A paper may have several fragments of one title, or of titles that no label can have.
        name += f"-{crc32(repr(chapters).encode()):08x}"
    chapters = tuple(
        labelled(chapter, name, 1 if chapter.again else number)
        for number, chapter in enumerate(chosen.prepared(chapters, topics), start=1)
    )
    language = chosen.catalogue.language
    return chosen.write(Document(title, author, chapters, language), template)


def _named(chapters: Sequence[Chapter], chosen: Format) -> str:
    """Return what a document steps through: a cell, or a network."""
    return chapters[0].cell or chosen.catalogue.words("network.name")


def chosen_format(format: str | Format, kind: str = "page", language: str = "en") -> Format:
    """Return a format by its name, for a kind of document in a language; a chosen one as it is.

    Raises `OutputError` for an unknown format, kind or language.
    """
    if isinstance(format, Format):
        return format
    if not isinstance(format, str) or format not in FORMATS:
        raise OutputError(f"format is {format!r}; {choices(format, FORMATS)}", argument="format")
    return format_named(format).telling(kind).speaking(language)


def format_named(name: str) -> Format:
    """Return the format of a name: of a text, or ``"notebook"``; the others are not imported."""
    if name == "latex":
        from symlstm.writers.latex import LatexFormat

        return LatexFormat()
    if name == "markdown":
        from symlstm.writers.markdown import MarkdownFormat

        return MarkdownFormat()
    if name == "notebook":
        from symlstm.writers.notebook import NotebookFormat

        return NotebookFormat()
    from symlstm.writers.terminal import TerminalFormat

    return TerminalFormat()
