"""A page: a document that is written to a file, and the figures in a folder beside it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from symlstm.errors import OutputError, choices
from symlstm.files.compiling import compiled, compiler, is_pdf
from symlstm.files.reading import named, read_bytes, read_start
from symlstm.files.templates import GENERATED
from symlstm.files.writing import Target, target, write_together
from symlstm.languages.catalogue import catalogue
from symlstm.writers import format_named
from symlstm.writers.formats import KINDS, Format

LONGEST_FIRST_LINE = 200
"""How many bytes of a document are looked at to tell whether symlstm generated it."""

SUFFIXES = {".tex": "latex", ".pdf": "latex", ".md": "markdown", ".ipynb": "notebook"}
"""The format of a document, by the suffix of its file."""
TEXTS = (".tex", ".md", ".ipynb")
"""The documents that can be compared with what they would be today: a .pdf is TeX's as well."""


def validate(
    document: Path | None, template: Path | None, kind: str, language: str | None = None
) -> None:
    """Raise `OutputError` for what no document can be: its suffix, template, kind and language.

    Without ``document`` it is for a terminal; a .pdf needs a program that compiles it.
    """
    suffix = "" if document is None else document.suffix
    if document is not None and suffix not in SUFFIXES:
        message = f"{document}: its suffix tells the format"
        raise OutputError(f"{message}; end it in {_either(SUFFIXES)}")
    if language is not None:
        catalogue(language)
    if kind not in KINDS:
        raise OutputError(f"--as is {kind!r}; {choices(kind, KINDS)}", argument="kind")
    if suffix not in KINDS[kind]:
        mend = f"write it with -o to a file that ends in {_either(KINDS[kind])}"
        raise OutputError(f"--as {kind} is not for {suffix or 'a terminal'}; {mend}")
    if suffix == ".pdf":
        compiler()
    if template is not None and (kind != "page" or suffix == ".ipynb"):
        other = f"--as {kind}" if kind != "page" else f"{suffix}, whose cells are symlstm's own,"
        mend = "leave one of them out"
        raise OutputError(f"--template and {other} do not go together; {mend}")


def format_of(document: Path, kind: str) -> Format:
    """Return the format of a document's file, for a kind of document."""
    return format_named(SUFFIXES[document.suffix]).telling(kind)


def _either(suffixes: Iterable[str]) -> str:
    *first, last = filter(None, suffixes)
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class Page:
    """What a document holds that is to stand at ``path``, and what its figures in ``folder`` hold.

    The figures are .svg files, by name. Without a folder there are none.
    """

    path: Path
    text: str
    folder: Path | None = None
    figures: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, chosen: Format, text: str) -> Page:
        """Return the page of a text that was written in a format, with its figures."""
        folder = path.with_name(chosen.folder) if chosen.folder else None
        return cls(path, text, folder, chosen.files)

    def write(self, *, force: bool = False, given: Iterable[Path | None] = ()) -> None:
        """Write all files, or none; see `write_pages`."""
        write_pages([self], force=force, given=given)

    def content(self) -> bytes:
        """Return what the document's file is to hold."""
        text = self.text.encode("utf-8")
        if self.path.suffix != ".pdf":
            return text
        return compiled(text, what="the document")

    @property
    def files(self) -> dict[Path, str]:
        """What the files of the figures are to hold."""
        folder = self.folder
        return {} if folder is None else {folder / name: s for name, s in self.figures.items()}

    def needless(self) -> list[Path]:
        """Return the figures in the folder that symlstm made for the document before."""
        if self.folder is None or not self.folder.is_dir():
            return []
        return [
            path
            for path in sorted(self.folder.glob("*.svg"))
            if path.name not in self.figures
            and _OF_DOCUMENTS.fullmatch(path.name)
            and path.is_file()
            and is_svg(path)
        ]

    def differences(self, source: str) -> Iterator[str]:
        """Yield how the files differ from what ``source`` generates today, in words."""
        yield from _difference(self.path, self.path.name, self.text, source)
        for path, drawing in self.files.items():
            shown = f"{path.parent.name}/{path.name}"
            if path.is_file():
                yield from _difference(path, shown, drawing, source)
            else:
                yield f"{shown}, which {self.path.name} shows, is not there"
        for path in self.needless():
            yield f"{path.parent.name}/{path.name} is not shown in {self.path.name} any more"


def write_pages(
    pages: Sequence[Page], *, force: bool = False, given: Iterable[Path | None] = ()
) -> None:
    """Write all files of pages, or none, and remove older figures that no longer belong there.

    Raises `OutputError` where one may not be written, as `target` says, or two go to one place.
    """
    given, places = list(given), dict[Target, bytes]()
    documents = [target(page.path, is_generated, force=force, given=given) for page in pages]
    for page in pages:
        for path, drawing in page.files.items():
            place = target(path, is_svg, force=force, given=given, new_folder=True)
            places[place] = drawing.encode("utf-8")
    _refuse_two_in_one_place([*documents, *places])
    for place, page in zip(documents, pages, strict=True):
        places[place] = page.content()
    write_together(places)
    for page in pages:
        needless = page.needless()
        with contextlib.suppress(OSError):  # what stays is stale, which `differences` says
            for path in needless:
                path.unlink()
            if needless and not page.figures:
                needless[0].parent.rmdir()


def _refuse_two_in_one_place(places: Iterable[Target]) -> None:
    taken: set[Path] = set()
    for place in places:
        if place.path in taken:
            message = f"{named(place.given)}: is where another file of these goes, too"
            raise OutputError(f"{message}; name another one")
        taken.add(place.path)


def is_generated(path: Path) -> bool:
    """Say whether symlstm wrote a document, and so may write it again."""
    if path.suffix == ".pdf":
        return is_pdf(path)
    return first_line(path).startswith(_BEGINNINGS)


def first_line(path: Path) -> str:
    """Return the line of a document that says where it comes from."""
    text = _whole(path) if path.suffix == ".ipynb" else _start(path)
    return format_of(path, "page").origin(text)


def is_svg(path: Path) -> bool:
    """Say whether symlstm wrote an .svg file, and so may write it again."""
    return _start(path).startswith(f"<!-- {GENERATED}")


def _start(path: Path) -> str:
    return read_start(path, LONGEST_FIRST_LINE, OutputError).decode("utf-8", "replace")


_BEGINNINGS = tuple(f"{mark}{GENERATED} from " for mark in ("% ", "<!-- ", ""))


def _whole(path: Path) -> str:
    return read_bytes(path, "data_bytes", OutputError).decode("utf-8", "replace")


def _difference(path: Path, name: str, today: str, source: str) -> Iterator[str]:
    """Yield the first line of a file that is another one."""
    written = _whole(path)
    if path.suffix in SUFFIXES:  # others are figures
        told = format_named(SUFFIXES[path.suffix]).told
        written, today = told(written), told(today)
    committed = written.splitlines()
    for number, (old, new) in enumerate(zip_longest(committed, today.splitlines()), start=1):
        if old != new:
            yield (
                f"{name}, line {number}, is not what {source} generates:\n"
                f"  committed: {_shown(old)}\n  generated: {_shown(new)}"
            )
            return


_OF_DOCUMENTS = re.compile(
    r"(chapter-\d+-)?(sequence-\d+-)?(cell|overview|reset|carousel|(step|backward)-\d+)\.svg"
)
"""What the figures of documents are called; others in the folder are someone's own."""


def _shown(line: str | None) -> str:
    return "(no more lines)" if line is None else line if len(line) <= 200 else f"{line[:197]}..."
