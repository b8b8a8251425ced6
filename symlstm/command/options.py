"""Options that several commands have, and what is read from them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Annotated, TypeAlias

from symlstm.command.declared import Option
from symlstm.errors import SymlstmError

Limits: TypeAlias = Annotated[
    tuple[str, ...],
    Option("Allow more of what an error names.", metavar="NAME=NUMBER"),
]
Force: TypeAlias = Annotated[bool, Option("Overwrite a file that symlstm did not make.")]


def allowing(limits: Iterable[str]) -> AbstractContextManager[None]:
    """Return a context with other limits, given as ``NAME=NUMBER``; see `symlstm.budget`."""
    from symlstm.numbers.budget import budget

    return budget(**dict(map(_limit, limits)))


def _limit(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isascii() or not number.isdigit() or len(number) > 30:
        message = f"--limit is {text!r}; give NAME=NUMBER, such as updates=100000"
        raise SymlstmError(message, argument="limit")
    return name.strip(), int(number)
