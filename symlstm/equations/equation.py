"""An equation of a cell: a named assignment."""

from __future__ import annotations

from typing import Any

from sympy import Basic
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.equations.expression import Quantity
from symlstm.equations.printer import Printer
from symlstm.notation import LATEX, PLAIN, Notation, text


class Equation(Basic):
    r"""``lhs = rhs``: the quantity on the left is computed from the expression on the right.

    It prints as a textbook prints it, in a terminal, through ``sympy.latex`` and in a notebook.

    >>> from symlstm.equations.expression import Quantity, add, hadamard, t
    >>> c, f, g = (Quantity(name, 2, time=t) for name in ("c", "f", "g"))
    >>> equation = Equation(c, add(hadamard(f, c.previous), g))
    >>> print(equation)
    c_t = f_t ⊙ c_{t-1} + g_t
    >>> print(equation.subs(t, 1))
    c_1 = f_1 ⊙ c_0 + g_1
    >>> import sympy
    >>> print(sympy.latex(equation))
    c_t = f_t \odot c_{t-1} + g_t
    """

    def __new__(cls, lhs: Quantity, rhs: MatrixExpr) -> Equation:
        """Make the equation; SymPy builds its objects in ``__new__``."""
        return Basic.__new__(cls, lhs, rhs)

    @property
    def lhs(self) -> Quantity:
        """The quantity that is computed."""
        return self.args[0]

    @property
    def rhs(self) -> MatrixExpr:
        """What it is computed from."""
        return self.args[1]

    def _latex(self, _printer: Any) -> str:
        return self._line(LATEX)

    def _sympystr(self, _printer: Any) -> str:
        return self._line(PLAIN)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self._line(LATEX)}$"

    def _line(self, notation: Notation) -> str:
        formula = Printer(notation).formula
        return text([*formula(self.lhs), notation.equals, *formula(self.rhs)])
