"""Write a file whole or not at all, and never over what it should not be."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping
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
        write_together({self: content})


def write_together(files: Mapping[Target, bytes]) -> None:
    """Write several files, or none: all of them beside their places, then moved into these.

    Folders that are missing are made. Raises `OutputError` when one of them cannot be written.
    """
    temporary: dict[Target, Path] = {}
    made: list[Path] = []
    place = next(iter(files))
    try:
        for place, content in files.items():
            if not place.path.parent.exists():
                place.path.parent.mkdir()
                made.append(place.path.parent)
            temporary[place] = _beside(place.path, content)
        for place, written in temporary.items():
            written.replace(place.path)
    except BaseException as error:
        for written in temporary.values():
            written.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            message = f"{named(place.given)}: cannot be written: {reason(error)}"
            raise OutputError(message) from error
        raise


def _beside(path: Path, content: bytes) -> Path:
    """Return a new file beside a place, with the permissions of the file there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".symlstm.")
    try:
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).chmod(_permissions(path))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def target(
    path: Path,
    is_ours: Callable[[Path], bool],
    *,
    force: bool = False,
    given: Iterable[Path | None] = (),
    new_folder: bool = False,
) -> Target:
    """Return the place to write to, if a file may be written there.

    A file that is there has to be one that symlstm made, as ``is_ours`` says, unless ``force`` is
    set; and with ``force``, too, it may be none of those that were ``given`` to be read. With
    ``new_folder`` the folder may be missing, which is made then, and the one above it may not.

    Raises `OutputError`, which says what to do.
    """
    try:
        end = path.resolve()
        kind = end.stat().st_mode if end.exists() else None
        folder = end.parent.is_dir() or (
            new_folder and not os.path.lexists(end.parent) and end.parent.parent.is_dir()
        )
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
