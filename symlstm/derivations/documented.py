"""What a derivation file says of its document: the table [document]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.derivations.tables import Tables
from symlstm.errors import choices, printable
from symlstm.languages.catalogue import catalogue, languages
from symlstm.writers.illustrated import FIGURES, validate_figures
from symlstm.writers.prose_reader import read_prose

DOCUMENT: dict[str, tuple[tuple[type, ...], str]] = {
    "author": ((str,), "text"),
    "language": ((str,), f"one of {', '.join(languages())}"),
    "introduction": ((str,), "text in Markdown"),
    "worked": ((bool,), "true or false"),
    "closed_form_size": ((int,), "a whole number"),
    "state_jacobian": ((str,), "the name of a state"),
    "steps": ((bool,), "true or false"),
    "running_sums": ((bool,), "true or false"),
    "figures": ((bool, list), f"true, false, or a list of some of {', '.join(FIGURES)}"),
    "beside": ((str,), "the name of a derivation file"),
}


@dataclass(frozen=True)
class Documented(Tables):
    """Reads how a document is to be; ``written`` says whether there is to be one."""

    written: bool = field(default=False, kw_only=True)

    def document(self) -> dict[str, Any]:
        """Return the table; raises `SpecError` for what no document can be."""
        table = self.table("document", optional=True)
        self.keys("document", set(DOCUMENT))
        for key, value in table.items():
            kinds, wanted = DOCUMENT[key]
            if type(value) not in kinds:
                raise self.error("document", f"{key} is {value!r}; give {wanted}")
            text = isinstance(value, str) and key not in {"beside", "introduction"}
            table[key] = printable(value) if text else value
        self.attempt("document", lambda: catalogue(table.get("language", "en")))
        self.attempt("document", lambda: validate_figures(table.get("figures")))
        if self.written:
            self.attempt("document", lambda: read_prose(table.get("introduction", "")))
        if table.get("closed_form_size", 0) < 0:
            raise self.error("document", "closed_form_size is below 0; give 0 for no closed forms")
        return table

    def state(self, document: Mapping[str, Any], cell: Cell) -> None:
        """Raise for a state Jacobian that there is none of."""
        state = document.get("state_jacobian")
        if state is not None and "layers" in self.data:
            raise self.error("document", "state_jacobian is not for [[layers]]; leave it out")
        if state is not None and "training" in self.data:
            raise self.error("document", "state_jacobian is not for [training]; leave it out")
        if state is not None and state not in cell.states:
            known = choices(state, cell.states)
            raise self.error("document", f"state_jacobian is {state!r}; {known}")

    def beside(self) -> Path | None:
        """Return the file of the derivation that follows in the document."""
        name = self.document().get("beside")
        return None if name is None else self.path.parent / name
