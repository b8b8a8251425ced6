"""What shows itself in a notebook, and what a table is printed of."""

from __future__ import annotations

from typing import Any


class Shown:
    """Something that Jupyter, and whatever else shows notebooks, shows as mathematics and tables.

    In a terminal it stays text. What cannot be shown is text in a notebook, too; nothing is raised.
    """

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from symlstm.notebook import bundle

        return bundle(self)


class Tabled(Shown):
    """Something with named values over time: ``print`` writes them as a table of 80 columns.

    >>> from symlstm import SimpleRNN
    >>> print(SimpleRNN(units=1, activation=None).bind(
    ...     kernel=1, recurrent_kernel=2, bias=0).run([1, "1/2", 1]))
    Trace(SimpleRNN(units=1, activation='linear'), 3 steps, exact)
    <BLANKLINE>
            t       1     2   3
      ─────────────────────────
          x_t   =   1   0.5   1
      z_{h,t}   =   1   2.5   6
          h_t   =   1   2.5   6
    """

    __slots__ = ()

    def __str__(self) -> str:
        from symlstm.notebook import printed

        return printed(self)

    def to_frame(self) -> Any:
        """Return every named value over time as a pandas DataFrame.

        A column is called as the value is, and a row is a time step, from 1. In a batch, rows are
        counted by sequence, too, and for several units by unit, both from 0: the levels of the
        index are ``sequence``, ``step`` and ``unit``. Values stay what they are: exact ones are
        objects, floats float64. What there is not, at a masked step or of a vector that is shorter
        than others, is missing.

        Raises `MissingExtraError` when pandas is not installed, and `TooLargeError` for closed
        forms that are too long.
        """
        from symlstm.notebook import frame

        return frame(self)
