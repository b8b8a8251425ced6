"""Which signs in equations a page has a word for: the keys of what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sympy import Expr, Heaviside

from symlstm.cells.cell import Cell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Elementwise
from symlstm.equations.functions import EntryFunction
from symlstm.equations.operands import EntrywiseProduct
from symlstm.equations.vocabulary import quotient_of
from symlstm.writers.forward import functions

COMPUTES = {
    (False, False): "cell.computes",
    (True, False): "cell.computes_entrywise",
    (False, True): "cell.computes_quotients",
    (True, True): "cell.computes_entrywise_and_quotients",
}
"""What is said before equations, by whether there are products, and quotients, entry by entry."""
FUNCTIONS = {"step": "cell.half_step", "sign": "cell.sign"}
"""What is said of functions that have no line of their own."""


def computes(equations: Sequence[Equation], *, scalar: bool) -> str:
    """Return the key of what is said before the equations of a cell: which signs are for entries.

    Where all is ``scalar``, there are none.
    """
    return COMPUTES[not scalar and _multiplies(equations), not scalar and _divides(equations)]


def said_of(cell: Cell) -> tuple[str, ...]:
    """Return the keys of what is said after the equations of a cell."""
    forms = [row.form for row in functions(cell.equations)]
    told = _explained(cell.equations, forms, cell.is_scalar)
    return tuple(key for key in told if key != "cell.quotients")  # that is said before


def said_backward(
    cell: Cell, equations: Sequence[Equation], derivatives: Sequence[Expr]
) -> tuple[str, ...]:
    """Return the keys of what is said after adjoint equations, and was not of the cell's."""
    known = {*said_of(cell)}
    if _divides(cell.equations):
        known.add("cell.quotients")
    told = _explained(equations, derivatives, cell.is_scalar)
    return tuple(key for key in told if key not in known)


def _explained(equations: Sequence[Equation], forms: Sequence[Expr], scalar: bool) -> Iterator[str]:
    if any(form.has(Heaviside) for form in forms):
        yield "cell.step_function"
    rows = {part.activation for e in equations for part in e.rhs.atoms(Elementwise)}
    used = {row.name for row in rows if isinstance(row, EntryFunction)}
    yield from (key for name, key in FUNCTIONS.items() if name in used)
    if not scalar and _divides(equations):
        yield "cell.quotients"
    if not scalar and any(isinstance(row, EntryFunction) and row.power for row in rows):
        yield "cell.powers"


def _multiplies(equations: Iterable[Equation]) -> bool:
    return any(len(quotient_of(product)[0]) > 1 for product in _products(equations))


def _divides(equations: Iterable[Equation]) -> bool:
    parts = [part for e in equations for part in e.rhs.atoms(Elementwise)]
    return any(quotient_of(part)[1] for part in (*parts, *_products(equations)))


def _products(equations: Iterable[Equation]) -> set[EntrywiseProduct]:
    return {part for e in equations for part in e.rhs.atoms(EntrywiseProduct)}
