"""The errors of symlstm; beside them, Python's own for an index or attribute that is not there.

::

    SymlstmError
    ├── CellError         a cell that cannot be: an unknown option, equations that do not fit
    ├── NumberError       something that is not a number, or not a finite one
    ├── ShapeError        numbers in a shape that the cell cannot take
    ├── NotExactError     exact arithmetic asked of a function that leaves the rationals
    ├── TooLargeError     a closed form, or exact weights, beyond what can be worked with
    ├── PrecisionError    a value that no precision decides
    ├── ModelError        a layer or model of another framework that cannot be taken over
    ├── MissingExtraError something optional that is not installed
    ├── SpecError         a derivation file that cannot be read as one
    └── OutputError       a document that cannot be written where it was asked for
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST_MESSAGE = 1000
"""How long a message can be on one line; those of other packages know no limit."""


class SymlstmError(ValueError):
    """The base of all errors here; its message names what is wrong and how to mend it.

    ``argument`` is the name of the argument, or of the key in a derivation file, that is at fault.
    """

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        super().__init__(printable(message))
        self.argument = argument


class CellError(SymlstmError):
    """A cell that cannot be: an unknown option, or equations that do not fit together."""


class NumberError(SymlstmError):
    """Something given as a number that is none, or is not finite."""


class ShapeError(SymlstmError):
    """Numbers in a shape that the cell cannot take."""


class NotExactError(SymlstmError):
    """Exact arithmetic asked of a function that leaves the rationals."""


class TooLargeError(SymlstmError):
    """A closed form beyond the size that can be worked with."""


class PrecisionError(SymlstmError):
    """A value that stays undecided however many bits it is computed with."""


class ModelError(SymlstmError):
    """A layer or model of another framework that is not one, or not supported."""


class MissingExtraError(SymlstmError):
    """Something optional that is not installed; the message says how to install it."""


class SpecError(SymlstmError):
    """A derivation file that cannot be read as one; the message names the file and the key."""


class OutputError(SymlstmError):
    """A document that cannot be written where it was asked for."""


def printable(text: str) -> str:
    r"""Return text as a terminal may be given it: what is no printable character is escaped.

    Lines stay lines. A byte that is no UTF-8, as Python reads it in the name of a file, is one.

    >>> printable("a\x1b[31mb\udcff")
    'a\\x1b[31mb\\xff'
    """
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    byte = ord(character) - 0xDC00
    if 0x80 <= byte <= 0xFF:
        return f"\\x{byte:02x}"
    return character.encode("unicode_escape").decode("ascii")


def choices(name: object, known: Iterable[str]) -> str:
    """Return what to say of an unknown ``name``: the nearest known one, then all of them.

    >>> choices("kernle", ["kernel", "bias"])
    "did you mean 'kernel'? known: kernel, bias"
    """
    names = list(known)
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}known: {', '.join(names)}"


def one_line(error: Exception) -> str:
    """Return the message of an error without its line breaks, and its beginning if it is long."""
    message = " ".join(str(error).split())
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 3]}..."
