"""Rounding errors of a long run, which the cell contracts: ellipsoids.

Rounding moves a state by little, and a cell that forgets moves it by less with every step. A ball
around each number knows nothing of that: what one entry of a state passes to another it adds up in
absolute values, so that its radii grow by a factor at every step and the precision that they need
with the length of the sequence. Here the states are known together, as

    state = middle + L e,   |e| <= 1 in the Euclidean norm,

and a step makes of it a linear part and a rest, as of any affine form: J L e with J the
derivative of the step at the middle, and balls for what J does not tell, that is what is quadratic
in L and what is rounded. The sum of an ellipsoid and a box is in an ellipsoid again. For any s > 0
and any direction l, with D the diagonal matrix of the numbers sqrt(d_j (d_1 + ... + d_n)) for a box
of radii d, in whose ellipsoid the box is,

    |L' l| + |D l| <= sqrt((1 + s) |L' l|^2 + (1 + 1/s) |D l|^2),

and s = |D| / |L|, by their Frobenius norms, makes what is on the right smallest in the mean
(A. B. Kurzhanski and I. Valyi, "Ellipsoidal Calculus for Estimation and Control", 1997). So
M = [sqrt(1 + s) L, sqrt(1 + 1/s) D] is what L is of the new state, and has too many columns. A QR
decomposition of its transpose gives M = R' Q' but for rounding (R. J. Lohner, "Computation of
Guaranteed Enclosures for the Solutions of Ordinary Initial and Boundary Value Problems", 1992,
takes Q for a frame in the same way). Nothing is taken from the decomposition on trust. With
E = M - R' Q' and |Q' Q - I| <= q, both computed with a bound of their own rounding,

    M e = R' (Q' e) + E e,   |Q' e| <= sqrt(1 + q):

R', that much longer, is the new L, and the norms of E's rows go into the balls. The e of one L is
not that of another: of values that have several, all but those of the last are taken as balls.

The box is left beside the ellipsoid until a side of it has come to `GROWN` times what it was after
the last decomposition: for some steps, errors are added up in absolute values. It must not be left
for longer, since an ellipsoid that takes in a box as large as itself gets longer in directions in
which errors are not forgotten, too, and by as many times whenever it does.

Errors are contracted as the product of the J contracts. Where that does not, they grow as the true
ones do, and then balls of more bits have to do.

How good this is does not depend on how long the sequence is: a precision that is enough for the
first hundred steps of a cell that forgets is enough for a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np
from flint import arb_mat

from symlstm.algebras.affine.affine import AffineAlgebra
from symlstm.algebras.affine.form import (
    ROUNDING,
    TINY,
    Floats,
    Form,
    bounding,
    generators_of,
    widened,
)
from symlstm.algebras.certified import TooWideError, Wanted
from symlstm.numbers.arrays import Array

GROWN = 8
"""How many times as wide as at first a box may get beside an ellipsoid."""
LONGER = 1 + 2.0**-40
"""More than the roundings of a square root and its factors make of a length."""


class Ellipsoid(Form):
    """A form whose errors are together a vector that is no longer than 1.

    ``symbols`` tell which vector it is; of another one nothing is known beside it.
    """

    @staticmethod
    def norms(generators: Floats) -> Floats:
        squares: Floats = np.square(generators).sum(axis=-1)
        moved = True if squares.all() else (generators != 0).any(axis=-1)
        return np.sqrt(squares) * (1 + (generators.shape[-1] + 4) * ROUNDING) + TINY * moved

    @classmethod
    def aligned(cls, forms: Sequence[Self]) -> Sequence[Self]:
        vectors = {int(form.symbols[0]) for form in forms if form.symbols is not None}
        if len(vectors) <= 1:
            return forms
        last = max(vectors)
        return [
            form.settled() if form.symbols is not None and form.symbols[0] != last else form
            for form in forms
        ]


class EllipsoidAlgebra(AffineAlgebra[Ellipsoid]):
    """Balls that know how rounding errors of the states go together, and contract.

    It gives up where more than ``most`` numbers go from one step to the next: to know them together
    takes time as the cube of how many they are, and balls of more bits may take less.
    """

    kind = Ellipsoid
    contracts = True
    stacks = True

    def __init__(
        self,
        precision: int,
        digits: int = 30,
        wanted: Wanted | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(precision, digits, wanted)
        self.most = most
        self._vectors = 0
        self._first: dict[Any, Floats] = {}  # the radii of boxes beside the last ellipsoid

    def __str__(self) -> str:
        return f"ellipsoids of {self.precision} bits"

    def columns(self, rows: Array) -> Sequence[arb_mat]:
        return self.balls.columns(rows)

    def stack(self, *parts: Ellipsoid | arb_mat) -> Ellipsoid:
        """Return matrices one below the other."""
        together = self.aligned(*parts)
        ball = self.balls.stack(*(part.ball for part in together))
        rows = generators_of(together)
        if rows is None:
            return self.form(ball)
        symbols = next(part.symbols for part in together if part.symbols is not None)
        return self.form(ball, np.concatenate(rows), symbols)

    def rows(self, matrix: Ellipsoid | arb_mat, rows: slice) -> Ellipsoid:
        """Return some rows of a matrix."""
        return self.formed(matrix).rows(rows)

    def begin(self, sequence: int, *, backward: bool = False) -> None:
        self._first.clear()

    def carry(
        self, names: Sequence[str], now: dict[str, Any], before: dict[str, Any] | None
    ) -> None:
        columns = [name for name in names if now[name].ncols() == 1]
        forms = [self.formed(now[name]) for name in columns]
        if any(map(self._is_grown, columns, forms)):
            forms = self._together(forms)
            self._first.clear()
        now.update(zip(columns, forms, strict=True))
        for step, going_on in ((now, columns), (before or {}, ())):
            settled = [(name, value) for name, value in step.items() if name not in going_on]
            step.update({name: self.formed(value).hull for name, value in settled})

    def _is_grown(self, name: str, form: Ellipsoid) -> bool:
        """Say whether a box is much wider than at first, which it is for the first time."""
        first = self._first.setdefault((name, form.shape), form.radii)
        return bool((form.radii > GROWN * first).any())

    def _together(self, columns: Sequence[Ellipsoid]) -> list[Ellipsoid]:
        """Return columns whose errors are in one ellipsoid, those of their balls too."""
        whole = self.stack(*columns)
        if self.most is not None and whole.nrows() > self.most:
            raise TooWideError(f"{self} are of too many numbers to be the first choice")
        moved = whole.generators
        L = np.zeros((whole.nrows(), 0)) if moved is None else moved[:, 0]
        L, rest = enclosing(L, whole.radii[:, 0])
        self._vectors += 1
        ball = widened(whole.exact_middles, rest[:, None])
        whole = self.form(ball, L[:, None], np.array([self._vectors]))
        ends = list(accumulate(column.nrows() for column in columns))
        return [whole.rows(slice(*both)) for both in pairwise([0, *ends])]


def enclosing(L: Floats, radii: Floats) -> tuple[Floats, Floats]:
    """Return L' and a rest for each row, so that L e and a box are in L' e and the rest.

    ``L`` has a row for each number, and a box around each has a radius. See the module for why.

    >>> L, rest = enclosing(np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([1.0, 0.0]))
    >>> np.linalg.norm(L, axis=1) + rest >= [4, 2]
    array([ True,  True])
    """
    D = np.sqrt(radii * radii.sum()) * LONGER + TINY * (radii > 0)
    sizes = float(np.linalg.norm(D)), float(np.linalg.norm(L))
    longer = max(sizes[0] / max(sizes[1], TINY), TINY)  # any number above zero encloses
    M = np.hstack([L * np.sqrt(1 + longer), np.diag(D) * np.sqrt(1 + 1 / longer)]) * LONGER
    Q, R = np.linalg.qr(M.T)
    many, size = Q.shape
    rounded = (many + 4) * ROUNDING
    q = np.linalg.norm(Q.T @ Q - np.eye(size)) + size * rounded
    rest = np.linalg.norm(M - R.T @ Q.T, axis=1)
    rest += rounded * (np.linalg.norm(M, axis=1) + 2 * np.abs(R.T).sum(axis=1))
    return R.T * (np.sqrt(1 + q) * LONGER), bounding(rest * LONGER)
