"""Numbers anywhere in a box, and which of them moves what: zonotopes.

Every interval that is given is an error of its own, between -1 and 1, and stays one through all
steps, so that values which depend on one interval are known to. What is no linear map of errors
is an error of its own as soon as a step is done, and goes on as one. Of very many, those that
matter least to the states are put together, to one a number: A. Girard, "Reachability of Uncertain
Linear Systems Using Zonotopes" (2005).

What is handed out is a ball that knows of which form it is, so that what is computed of it further
on, as by the next layer of a network, depends on the same errors.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from flint import arb, arb_mat, fmpq

from symlstm.algebras.affine.affine import WORTH, AffineAlgebra
from symlstm.algebras.affine.form import ROUNDING, TINY, Floats, Form, Symbols, bounding, widened
from symlstm.numbers.arrays import Array
from symlstm.numbers.pickling import of_ball

MOST_ERRORS = 1024
"""How many errors the states may have before those that matter least are put together."""
MOST_KEPT = 2**26
"""How many generators may be kept with the values of earlier steps."""


class Zonotope(Form):
    """A form whose errors are each between -1 and 1; its ``symbols`` are their numbers, rising."""

    @staticmethod
    def norms(generators: Floats) -> Floats:
        sums: Floats = np.abs(generators).sum(axis=-1)
        return bounding(sums * (1 + (generators.shape[-1] + 1) * ROUNDING))

    @classmethod
    def aligned(cls, forms: Sequence[Self]) -> Sequence[Self]:
        symbols = [form.symbols for form in forms if form.symbols is not None]
        if all(one is symbols[0] for one in symbols[1:]):
            return forms
        every = united(forms)
        return [form if form.symbols is None else form.spread(every) for form in forms]

    def spread(self, symbols: Symbols) -> Self:
        """Return the same with generators of more errors, on which it does not depend."""
        assert self.generators is not None
        assert self.symbols is not None
        generators = np.zeros((*self.shape, len(symbols)))
        generators[..., np.searchsorted(symbols, self.symbols)] = self.generators
        return type(self)(self.ball, generators, symbols)

    @property
    def weights(self) -> Floats:
        """How much each error matters to all entries."""
        assert self.generators is not None
        weights: Floats = np.abs(self.generators).sum(axis=(0, 1))
        return weights

    def without(self, places: Any) -> Self:
        """Return the form with some of its errors in the radii of its balls."""
        assert self.generators is not None
        assert self.symbols is not None
        ball = widened(self.ball, self.norms(self.generators[..., places]))
        kept = np.delete(self.generators, places, axis=-1)
        return type(self)(ball, kept, np.delete(self.symbols, places))

    def narrowed(self, balls: Sequence[arb]) -> Self:
        """Return the form, and of entries that others enclose in much less just that."""
        entries, less = self.ball.entries(), []
        for k, (ball, hull) in enumerate(zip(balls, self.entries(), strict=True)):
            if ball.is_finite() and not WORTH * ball.rad() >= hull.rad():
                entries[k] = ball
                less.append(k)
        if not less:
            return self
        generators = self.generators
        if generators is not None:
            generators = generators.copy()
            generators.reshape(len(entries), -1)[less] = 0
        return type(self)(arb_mat(*self.shape, entries), generators, self.symbols)


class Handed(arb):
    """A ball around an entry of a form, which it keeps, and the algebra that numbers its errors."""

    algebra: ZonotopeAlgebra
    form: Zonotope
    place: int


copyreg.pickle(Handed, of_ball)  # others do not know these errors


def united(forms: Sequence[Zonotope]) -> Symbols:
    """Return the numbers of all errors of some forms, rising."""
    symbols = [form.symbols for form in forms if form.symbols is not None]
    return np.unique(np.concatenate(symbols)) if symbols else np.zeros(0, np.int64)


class ZonotopeAlgebra(AffineAlgebra[Zonotope]):
    """Values that tell how they depend on every interval that was given."""

    kind = Zonotope

    def __init__(self, precision: int, digits: int) -> None:
        super().__init__(precision, digits)
        self._errors = 0
        self._kept = 0

    def convert(self, entries: Array) -> Zonotope:
        form = super().convert(entries)
        given = np.array([not isinstance(entry, fmpq) for entry in entries.flat])
        if not given.any():
            return form
        ours = [isinstance(entry, Handed) and entry.algebra is self for entry in entries.flat]
        with self.context():  # where no other thread numbers errors
            if any(ours):
                form = self._taken_up(form, entries.ravel(), np.flatnonzero(ours))
            return self._renewed(form, given & (form.radii.ravel() > 0))

    def handed(self, balls: Array, form: Zonotope) -> Array:
        """Return balls around the entries of a form as such that know which they are."""
        if form.generators is None:
            return balls
        known = np.empty(balls.size, dtype=object)
        known[:] = [Handed(ball) for ball in balls.flat]
        for place, ball in enumerate(known):
            ball.algebra, ball.form, ball.place = self, form, place
        return known.reshape(balls.shape)

    def _taken_up(self, form: Zonotope, entries: Array, places: Any) -> Zonotope:
        """Return a form with what some of its entries, which are `Handed`, are around.

        Of many rows and errors, as what is merged has over all steps, few are those of one step.
        """
        balls, parts = form.ball.entries(), []
        for one in {id(entries[k].form): entries[k].form for k in places}.values():
            here = [k for k in places if entries[k].form is one]
            there = [entries[k].place for k in here]
            rows = one.generators.reshape(-1, len(one.symbols))[there]
            moving = rows.any(axis=0)
            for k, place in zip(here, there, strict=True):
                balls[k] = one.ball[divmod(place, one.ncols())]
            parts.append((here, rows[:, moving], one.symbols[moving]))
        every = np.unique(np.concatenate([symbols for *_, symbols in parts]))
        generators = np.zeros((len(entries), len(every)))
        for here, rows, symbols in parts:
            generators[np.ix_(here, np.searchsorted(every, symbols))] = rows
        whole = generators.reshape(*form.shape, len(every))
        return self.form(arb_mat(*form.shape, balls), whole, every)

    def carry(
        self, names: Sequence[str], now: dict[str, Zonotope], before: dict[str, Zonotope] | None
    ) -> None:
        moving = [name for name in names if now[name].generators is not None]
        for name in moving:
            now[name] = self._renewed(now[name], now[name].radii.ravel() > 0)
        every = united([now[name] for name in moving])
        if len(every) > MOST_ERRORS:
            now.update(self._condensed({name: now[name] for name in moving}, every))
        self._kept += sum(one.generators.size for one in now.values() if one.generators is not None)
        if before is not None and self._kept > MOST_KEPT:
            before.update({name: form.settled() for name, form in before.items()})

    def _renewed(self, form: Zonotope, which: Any) -> Zonotope:
        """Return a form in which each of some entries has its radius as an error of its own."""
        places = np.flatnonzero(which)
        if not len(places):
            return form
        entries = form.ball.entries()
        for k in places:
            entries[k] = entries[k].mid()
        old = np.zeros((*form.shape, 0)) if form.generators is None else form.generators
        new = np.zeros((len(entries), len(places)))
        new[places, range(len(places))] = form.radii.ravel()[places] + TINY
        numbers = np.arange(self._errors, self._errors + len(places))
        self._errors += len(places)
        symbols = numbers if form.symbols is None else np.concatenate([form.symbols, numbers])
        generators = np.concatenate([old, new.reshape(*form.shape, -1)], axis=-1)
        return self.form(arb_mat(*form.shape, entries), generators, symbols)

    def _condensed(self, forms: Mapping[str, Zonotope], every: Symbols) -> dict[str, Zonotope]:
        """Return forms with half as many errors as they may have, and one for each entry."""
        aligned = {name: form.spread(every) for name, form in forms.items()}
        weights = np.sum([form.weights for form in aligned.values()], axis=0)
        least = np.argsort(weights)[: -MOST_ERRORS // 2]
        return {
            name: self._renewed(form.without(least), np.ones(form.nrows() * form.ncols()))
            for name, form in aligned.items()
        }
