"""What a page asks for: a sheet has blanks, and its key has them filled in."""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.numbers.arrays import Array
from symlstm.numbers.asked import NO_BLANKS, Blank, Filled, Places


@dataclass(frozen=True)
class Asking:
    """What a sheet asks for, or its key, where the blanks are ``filled`` in.

    ``copy`` is the number of the copy that was drawn from a ``seed``, if it is one of several; its
    key need not tell ``again`` what the key of another one has said of all.
    """

    places: Places
    filled: bool = False
    copy: int | None = None
    seed: int | None = None
    again: bool = False

    def of(self, name: str, step: int, entries: Array) -> Array:
        """Return the entries of a value at a step as they stand on the page.

        A pre-activation gives away what is made of it, and is left out with that.
        """
        if {(name, step), (name, None)} & self.places:
            return entries.view(Filled if self.filled else Blank)
        gives_away = (name.removeprefix("z_"), step) in self.places
        return entries.view(Blank) if gives_away and not self.filled else entries

    @property
    def blank(self) -> Places:
        """The values that the page leaves out."""
        return NO_BLANKS if self.filled else self.places
