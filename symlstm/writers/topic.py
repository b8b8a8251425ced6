"""Topics: what a chapter of a document is to tell, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.cells.cell import Cell
from symlstm.numbers.budget import afford
from symlstm.runs.loss import RunLoss
from symlstm.runs.trace import Trace
from symlstm.writers.affording import afford_document
from symlstm.writers.asking import Asking
from symlstm.writers.illustrated import MOST_STEPS, Wanted, validate_figures
from symlstm.writers.places import Place
from symlstm.writers.source import Source
from symlstm.writers.subjects import Subject, steps_of, traces_of

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis

DIGITS = 6
"""How many certified digits a page shows of a run for which nobody said how many."""
MOST_WORKED = 4
"""Up to so many units, each value has a line of its own unless its author says otherwise."""
CLOSED_FORM_SIZE = 400
"""How many nodes a closed form may have on a page, unless its author asks for more."""
BRIEF_SIZE = 60
"""How many nodes a closed form may have in a summary."""


@dataclass(frozen=True)
class Topic:
    """What a chapter is to tell, and how; see `hand_calculation` for the options.

    ``source`` is what was asked for, as code, where a notebook is to have it, ``asking`` what a
    sheet asks for, and ``diagnosis`` that of what an implementation gave. ``place`` is where the
    chapter stands in a document about a network, and ``loss`` that of the run.
    """

    subject: Subject
    title: str = ""
    introduction: str = ""
    worked: bool | None = None
    closed_form_size: int = CLOSED_FORM_SIZE
    state_jacobian: str | None = None
    steps: bool = False
    running_sums: bool = False
    digits: int | None = None
    figures: Wanted = None
    source: Source | None = None
    asking: Asking | None = None
    diagnosis: Diagnosis | None = None
    place: Place | None = None
    loss: RunLoss | None = None

    def __post_init__(self) -> None:
        validate_figures(self.figures)

    @property
    def brief(self) -> Topic:
        """The topic as a summary tells it."""
        size = min(self.closed_form_size, BRIEF_SIZE)
        return replace(self, worked=False, closed_form_size=size, digits=self.digits or DIGITS)

    @property
    def for_slides(self) -> Topic:
        """The topic as slides tell it: unless it is said, of many time steps in tables alone."""
        if self.worked is None and steps_of(traces_of(self.subject)) > MOST_STEPS:
            return replace(self, worked=False)
        return self

    @property
    def leaves_out(self) -> bool:
        """Whether it is for a sheet, on which values are left out."""
        return self.asking is not None and not self.asking.filled

    @property
    def cell_alone(self) -> Topic:
        """The topic with no figure but that of the cell, as far as it was to have any."""
        wanted = self.figures
        cell = wanted if wanted is None or isinstance(wanted, bool) else "cell" in wanted
        return replace(self, figures=False if cell is False else ["cell"])


def worked(topic: Topic, cell: Cell) -> bool:
    """Say whether each value has a line: unless it is said, those of a small cell have."""
    return cell.units <= MOST_WORKED if topic.worked is None else topic.worked


def afford_topic(topic: Topic, traces: Sequence[Trace[Any]]) -> None:
    """Raise `TooLargeError` for traces of which a document would hold too much."""
    algebra = traces[0].algebra
    digits = algebra.digits if isinstance(algebra, CertifiedAlgebra) else 0
    digits = algebra.places.count if isinstance(algebra, DecimalAlgebra) else digits
    steps = steps_of(traces)
    afford_document(traces[0].cell, steps, what="all steps of all sequences", digits=digits)
    size = topic.closed_form_size
    afford("page_nodes", size, what="closed_form_size", argument="closed_form_size")
