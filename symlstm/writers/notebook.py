"""Notebooks: the Markdown of a page in cells, beside others of code that make its numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from symlstm.files.templates import Filter
from symlstm.writers.coder import coded
from symlstm.writers.document import Chapter, Document
from symlstm.writers.markdown import MarkdownFormat
from symlstm.writers.network_coder import coded_part
from symlstm.writers.picture import Picture
from symlstm.writers.topic import Topic

OWNER = "symlstm"
"""Where the metadata of a notebook say what it was generated from."""
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookFormat(MarkdownFormat):
    """An .ipynb file of Jupyter, version 4.5, which runs from top to bottom.

    Its template is that of Markdown. Figures are what code makes, and stand below it already.
    """

    name = "notebook"
    suffix = ".ipynb"
    template = "markdown.md.jinja"

    def __init__(self) -> None:
        super().__init__()
        self.drawing = "svg"
        self._cells: list[dict[str, Any]] = []

    def beside(self, folder: str) -> MarkdownFormat:
        return self

    def prepared(self, chapters: Sequence[Chapter], topics: Sequence[Topic]) -> tuple[Chapter, ...]:
        pairs = zip(chapters, topics, strict=True)
        return tuple(self._coded(chapter, topic) for chapter, topic in pairs)

    def _coded(self, chapter: Chapter, topic: Topic) -> Chapter:
        if topic.place is not None:
            return coded_part(chapter, topic, topic.place, self.catalogue)
        return coded(chapter, topic, self.catalogue)

    def filters(self) -> Mapping[str, Filter]:
        self._cells = []
        return super().filters()

    def code(self, lines: str) -> str:
        return self._marked(_code(lines)) if lines else ""

    def picture(self, picture: Picture) -> str:
        shown = {
            "data": {
                "image/svg+xml": picture.drawing.splitlines(keepends=True),
                "text/plain": [picture.words],
            },
            "execution_count": None,
            "metadata": {},
            "output_type": "execute_result",
        }
        return self._marked({**_code(picture.code), "outputs": [shown]})

    def write(self, document: Document, template: Path | None = None) -> str:
        page = super().write(document, template)
        numbers = count(1)
        cells = [{**cell, "id": f"cell-{next(numbers)}"} for cell in self._split(page)]
        return _written({"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5})

    def signed(self, text: str, source: str) -> str:
        notebook = json.loads(text)
        notebook["metadata"][OWNER] = source
        return _written(notebook)

    def origin(self, text: str) -> str:
        try:
            said = json.loads(text)["metadata"][OWNER]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        return said if isinstance(said, str) else ""

    def told(self, text: str) -> str:
        try:
            cells = json.loads(text)["cells"]
            return "\n".join(line for cell in cells for line in _told(cell))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return text

    def _marked(self, cell: dict[str, Any]) -> str:
        self._cells.append(cell)
        return f"\n\n<!-- cell {len(self._cells) - 1} -->\n\n"

    def _split(self, page: str) -> Iterator[dict[str, Any]]:
        """Yield the cells of a page: one of each section's text, and those of code in it."""
        for number, part in enumerate(_MARK.split(page)):
            if number % 2:
                yield self._cells[int(part)]
            else:
                sections = (section.strip("\n") for section in _HEADING.split(part))
                yield from (_markdown(section) for section in sections if section)


def _told(cell: Mapping[str, Any]) -> Iterator[str]:
    yield "".join(cell["source"])
    shown = (output.get("data", {}) for output in cell.get("outputs", ()))
    yield from ("".join(data["image/svg+xml"]) for data in shown if "image/svg+xml" in data)


def _code(lines: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(lines),
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").splitlines(keepends=True)


def _written(notebook: Mapping[str, Any]) -> str:
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


_MARK = re.compile(r"^<!-- cell (\d+) -->$", re.MULTILINE)
_HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
