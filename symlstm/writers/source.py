"""What a document is about, as code."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Source:
    """What was asked for, in Python: the ``cell``, its ``run``, and a training in each ``fits``.

    ``names`` are those that the cell is made with.
    """

    cell: str
    run: str
    fits: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def of_fit(self, number: int) -> Source:
        """Return the same with one of the trainings alone."""
        return replace(self, fits=self.fits[number : number + 1])
