"""Write a file whole or not at all, and never over what it should not be."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from symlstm.errors import OutputError
from symlstm.files.reading import named, reason


@dataclass(frozen=True)
class Target:
    """A place to write to, found to be one before any work is done; made by `target`.

    ``path`` is the file itself, at the end of all links.
    """

    path: Path
    given: Path

    def write(self, content: bytes) -> None:
        """Write the file whole or not at all: beside its place, then moved into it.

        A file that is there keeps its permissions. Raises `OutputError` when it cannot be written.
        """
        try:
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".symlstm.")
            try:
                with os.fdopen(handle, "wb") as temporary:
                    temporary.write(content)
                    temporary.flush()
                    os.fsync(temporary.fileno())
                Path(name).chmod(_permissions(self.path))
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise OutputError(f"{named(self.given)}: cannot be written: {reason(error)}") from error


def target(
    path: Path,
    is_ours: Callable[[Path], bool],
    *,
    force: bool = False,
    given: Iterable[Path | None] = (),
) -> Target:
    """Return the place to write to, if a file may be written there.

    A file that is there has to be one that symlstm made, as ``is_ours`` says, unless ``force`` is
    set; and with ``force``, too, it may be none of those that were ``given`` to be read. Raises
    `OutputError`, which says what to do.
    """
    try:
        end = path.resolve()
        kind = end.stat().st_mode if end.exists() else None
        folder = end.parent.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # links that lead round, odd names
        raise OutputError(f"{named(path)}: cannot be written: {_why(error)}") from error
    if not folder:
        raise OutputError(
            f"{named(path)}: cannot be written: there is no such folder; make it first"
        )
    if kind is not None:
        if stat.S_ISDIR(kind):
            raise OutputError(f"{named(path)}: is a folder; name a file in it")
        if not stat.S_ISREG(kind):
            raise OutputError(f"{named(path)}: is no regular file; name another one")
        _refuse_what_is_read(path, end, given)
        if not force and not is_ours(end):
            raise OutputError(
                f"{named(path)}: is there already, and symlstm did not make it; "
                "choose another name, or overwrite it with --force"
            )
    return Target(end, path)


def _refuse_what_is_read(path: Path, end: Path, given: Iterable[Path | None]) -> None:
    for other in given:
        with contextlib.suppress(OSError):
            if other is not None and other.exists() and end.samefile(other):
                raise OutputError(f"{named(path)}: is {other}, which is read; name another file")


def _why(error: Exception) -> str:
    return "its links lead round in a circle" if isinstance(error, RuntimeError) else reason(error)


def _permissions(path: Path) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
