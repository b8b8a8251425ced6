"""Writers: a trace to a document; one file and one template a format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symlstm.errors import OutputError, choices
from symlstm.trace import Trace
from symlstm.writers.composer import CLOSED_FORM_SIZE, Composer
from symlstm.writers.formats import Format
from symlstm.writers.latex import LatexFormat
from symlstm.writers.markdown import MarkdownFormat
from symlstm.writers.terminal import TerminalFormat

FORMATS: dict[str, type[Format]] = {
    format_.name: format_ for format_ in (LatexFormat, MarkdownFormat, TerminalFormat)
}
"""The formats by name."""


def hand_calculation(
    trace: Trace[Any],
    format: str = "terminal",
    *,
    title: str | None = None,
    author: str = "",
    introduction: str = "",
    closed_form_size: int = CLOSED_FORM_SIZE,
    template: Path | None = None,
) -> str:
    r"""Return the hand calculation of an exact or symbolic trace as ``format``.

    The formats are ``"latex"``, ``"markdown"`` and ``"terminal"``. Closed forms of more than
    ``closed_form_size`` nodes are left out. ``template`` is a Jinja2 file to fill instead of the
    format's own.

    Raises `OutputError` for an unknown format or a template that cannot be filled, and
    `NotExactError` for a trace of floats.

    >>> from symlstm import LSTM, hand_calculation
    >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
    >>> trace = cell.bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 1])
    >>> r"c_2 &= f_2 \odot c_1 + i_2 \odot \tilde c_2 = 2 \cdot 1 + 2 \cdot 2 = 6" in (
    ...     hand_calculation(trace, "latex"))
    True
    """
    if not isinstance(trace, Trace):
        raise OutputError(f"trace is {trace!r}; give what layer.run or cell.unroll returns")
    if not isinstance(format, str) or format not in FORMATS:
        raise OutputError(f"format is {format!r}; {choices(format, FORMATS)}", argument="format")
    chosen = FORMATS[format]()
    composer = Composer(trace, chosen.notation, chosen.width, closed_form_size)
    document = composer.document(
        title=f"Stepping through {type(trace.cell).__name__}" if title is None else title,
        author=author,
        introduction=introduction,
    )
    return chosen.write(document, template)
