"""Tell the equations of the backward pass, and where their terms come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Basic, ZeroMatrix

from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.cells.cell import Cell
from symlstm.equations.activations import in_table_order, row_named
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, Scaled, add, scale, t
from symlstm.equations.nodes import Diagonal
from symlstm.equations.operands import Addition
from symlstm.gradients.gradients import Gradients
from symlstm.notation import Tokens, joined, width
from symlstm.passes.differentiate import adjoint, handed_back, uses
from symlstm.passes.merge import aliases, merged, renamed, without_aliases
from symlstm.passes.state_jacobian import local_derivative
from symlstm.writers.document import Adjoint
from symlstm.writers.explained import said_backward
from symlstm.writers.forward import functions
from symlstm.writers.line import Line
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Typesetter

LONGEST_DERIVATIVE = 60
"""A local derivative of more digits, as that of a norm, is called what it is."""


def adjoint_section(typesetter: Typesetter, gradients: Gradients) -> Adjoint:
    """Return the equations of the backward pass, and where their terms come from."""
    cell, equations = gradients.cell, told(gradients)
    found = list(handed_back(cell.program))
    own = [(term, e) for state, term, e in found if e.lhs.name == state.name]
    used = functions(equations)
    rows = in_table_order({row_named(row.name[:-1]) for row in used if row.name.endswith("'")})
    weights = {adjoint(weight) for weight in cell.weights.values()}
    names = aliases(gradients.equations)
    return Adjoint(
        equations=tuple(typesetter.equation(e) for e in equations if e.lhs not in weights),
        sums=tuple(_sums(typesetter, cell, equations)),
        uses=tuple(_uses(typesetter, cell, names)),
        transposed=not cell.is_scalar,
        own=tuple(_source(typesetter, renamed(term, names), e) for term, e in own),
        derivatives=tuple(typesetter.definition(row.prime, row.derivative_shown) for row in rows),
        explained=said_backward(cell, equations, [row.derivative for row in rows]),
    )


def told(gradients: Gradients) -> tuple[Equation, ...]:
    """Return the equations of gradients as a page tells them: those that say nothing are left out.

    Where every value is rounded, those that are rounded on the way stand in lines of their own.
    """
    if isinstance(gradients.adjoints.algebra, DecimalAlgebra):
        return without_aliases(gradients.equations)
    program = {equation.lhs.name: equation.lhs for equation in gradients.cell.program}
    inner = [adjoint(value) for name, value in program.items() if name.startswith("z_")]
    return merged(gradients.equations, inner)


def _sums(typesetter: Typesetter, cell: Cell, equations: tuple[Equation, ...]) -> Iterator[Line]:
    """Yield what the gradients by the weights are, a line for each group of them."""
    by_lhs = {equation.lhs: equation.rhs for equation in equations}
    for members in cell.groups.values():
        lines = []
        for weight in members:
            bar = adjoint(weight)
            terms = by_lhs[bar].args if isinstance(by_lhs[bar], Addition) else [by_lhs[bar]]
            own = [one for one in terms if one != bar.at(t + 1)]
            term = add(*own) if own else ZeroMatrix(*bar.shape)
            left = typesetter.formula(Quantity(bar.name, *bar.shape))
            total = _bracketed(typesetter, term)
            if not isinstance(term, ZeroMatrix):
                total = [typesetter.notation.over_time, *total]
            lines.append(typesetter.line(left, [total]))
        yield typesetter.listed(lines)


def _bracketed(typesetter: Typesetter, term: Basic) -> Tokens:
    """Return a term that is summed, in brackets if it is a sum itself."""
    tokens = typesetter.formula(term)
    if not isinstance(term, Addition):
        return tokens
    left, right = typesetter.notation.brackets(max(token.height for token in tokens))
    return [left, *tokens, right]


def _uses(
    typesetter: Typesetter, cell: Cell, names: Mapping[Quantity, Quantity]
) -> Iterator[Table]:
    """Yield a table of where each value is used, and the derivative of that by it, if any is.

    They are in the order of use.

    What is handed back is left out where there is no room for it: it is the derivative times the
    gradient.
    """
    formula = typesetter.formula
    header = (
        typesetter.words("backward.value"),
        typesetter.words("backward.used_in"),
        typesetter.words("backward.derivative"),
        typesetter.words("backward.hands_back"),
    )
    order = [cell.x, *cell.computed.values()]
    found = sorted(uses(cell.program), key=lambda use: -order.index(use[0]))
    rows = []
    for value, share, equation in found:
        derivative = local_derivative(share, adjoint(equation.lhs))
        by, used, handed = map(formula, (value, equation.lhs, renamed(share, names)))
        shown = formula(_bare(derivative))
        if width(shown) > LONGEST_DERIVATIVE:
            of = joined(used), joined(by)
            shown = [typesetter.notation.derivative(*of, partial=True, flat=True)]
        rows.append(tuple(map(joined, (by, used, shown, handed))))
    table = Table(header, tuple(rows))
    if table.width > typesetter.width:
        table = Table(header[:-1], tuple(row[:-1] for row in rows))
    if rows:
        yield table


def _bare(derivative: Basic) -> Basic:
    """Return a derivative, or the vector that it has on its diagonal."""
    if isinstance(derivative, Scaled):
        return scale(derivative.factor, _bare(derivative.argument))
    return derivative.argument if isinstance(derivative, Diagonal) else derivative


def _source(typesetter: Typesetter, term: Basic, equation: Equation) -> Line:
    links = [typesetter.formula(equation.lhs), typesetter.formula(equation.rhs)]
    source = typesetter.notation.source(typesetter.catalogue.words("backward.from"))
    return typesetter.line(typesetter.formula(term), links, source)
