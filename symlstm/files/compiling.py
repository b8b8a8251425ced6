"""Compile LaTeX to a PDF: with the program that is there, the same bytes every time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from symlstm.errors import OutputError
from symlstm.files.reading import read_bytes
from symlstm.files.templates import GENERATED

PATIENCE = 60
"""How many seconds a program may take for a run."""
MOST_RUNS = 4
"""How often a document is compiled until its references are settled."""


@dataclass(frozen=True)
class Program:
    """A program that compiles LaTeX, its options, and how it is told what made the document."""

    name: str
    options: Sequence[str]
    mark: str


_UNASKED = "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"

PROGRAMS = (
    Program("pdflatex", _UNASKED, r"\pdfobjcompresslevel=0\pdfinfo{/Origin (%s)}"),
    Program(
        "lualatex",
        _UNASKED,
        r"\pdfvariable objcompresslevel=0\relax\pdfextension info{/Origin (%s)}"
        rf"\pdfvariable trailerid{{[<{'0' * 32}> <{'0' * 32}>]}}",
    ),
    Program(
        "tectonic",
        ("--untrusted", "--keep-logs"),
        r"\AddToHook{shipout/firstpage}"
        r"{\special{dvipdfmx:config C 0x40}\special{pdf:docinfo << /Origin (%s) >>}}",
    ),
)
"""The programs that can compile, the first of which is taken that is installed.

What they are told keeps the names of who made the document readable in the file.
"""


def compiled(text: bytes, *, what: str, instead: str) -> bytes:
    """Return the PDF of a document; ``what`` it is, and what to write ``instead``, for messages.

    Nothing is left behind, and no command is run that the document asks for. Raises `OutputError`
    where no program is installed, or where it does not compile.
    """
    program = next((one for one in PROGRAMS if shutil.which(one.name)), None)
    if program is None:
        *first, last = (one.name for one in PROGRAMS)
        names = f"{', '.join(first)} and {last}"
        message = f"none of {names} is installed, which make .pdf files; install one of them"
        raise OutputError(f"{message}, or write {instead}")
    with tempfile.TemporaryDirectory(prefix="symlstm.") as folder:
        source = Path(folder, "document.tex")
        source.write_bytes(_marked(text, program))
        for _ in range(MOST_RUNS):
            if b"Rerun to get" not in _run(program, source, what):
                break
        return source.with_suffix(".pdf").read_bytes()


def is_pdf(path: Path) -> bool:
    """Say whether symlstm made a .pdf file, and so may write it again."""
    return _ORIGIN.search(read_bytes(path, "data_bytes", OutputError)) is not None


def _marked(text: bytes, program: Program) -> bytes:
    """Return a document that says who made it, beside what its packages say of it."""
    beginning = rb"\begin{document}"
    mark = (program.mark % GENERATED).encode()
    return text.replace(beginning, mark + b"%\n" + beginning, 1)


def _run(program: Program, source: Path, what: str) -> bytes:
    """Run a program once; return its log."""
    done = None
    try:
        done = subprocess.run(
            [program.name, *program.options, source.name],
            cwd=source.parent,
            env={**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(f"{program.name} does not run to its end: {error}") from error
    said = done.stdout + done.stderr
    if done.returncode or not source.with_suffix(".pdf").exists():
        wrong = _WRONG.search(said.decode("utf-8", "replace"))
        shown = wrong[0].strip() if wrong else "it says nothing"
        mend = f"write a .tex file, and see what {program.name} says of it"
        raise OutputError(f"{program.name} does not compile {what}: {shown}; {mend}")
    log = source.with_suffix(".log")
    return said + (log.read_bytes() if log.exists() else b"")


_WRONG = re.compile(r"^(?:!|error:).*", re.MULTILINE)
_ORIGIN = re.compile(rb"/Origin ?\(" + GENERATED.encode() + rb"\)")
