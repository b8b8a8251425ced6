"""What a row of the table of activation functions is, and its head in symbolic expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from sympy import (
    Abs,
    Add,
    DiracDelta,
    Expr,
    Function,
    Heaviside,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Symbol,
    exp,
    preorder_traversal,
    sign,
    tanh,
)

from symlstm.notation.plain_forms import FormPrinter
from symlstm.notation.tokens import Tokens
from symlstm.numbers.remembered import cached_property

x = Symbol("x", real=True)
"""The argument of every form."""

RATIONAL_OPERATIONS = frozenset({Add, Mul, Pow, Max, Min, Abs, Heaviside})
"""What takes rational numbers to rational ones; of the powers, those with an integer exponent."""


@dataclass(frozen=True)
class Activation:
    """One row of the table: how it is called and written, the function, and its derivative.

    Where a function has a corner, the derivative is the one that Keras and PyTorch take there: that
    of the flatter side or, where the steeper one is below zero and the corner at zero (selu, and
    elu with an alpha above 1), that of the side below. Where it jumps, the derivative is zero. The
    second derivative is likewise zero where the first jumps, and half way at a corner of that, but
    zero for elu and its kind, as in PyTorch. All are built when they are first asked for, since
    that takes SymPy time.

    ``define_computed``, ``define_computed_derivative`` and ``define_computed_second`` are the
    function, its derivative and the derivative of that in forms that lose no digits, where those
    that are shown would; see `symlstm.equations.stable_forms`.
    """

    is_slope: ClassVar[bool] = False
    """Whether the function is the derivative of another."""

    name: str
    latex: str
    text: str
    define: Callable[[Expr], Expr]
    define_derivative: Callable[[Expr], Expr]
    define_computed: Callable[[Expr], Expr] | None = None
    define_computed_derivative: Callable[[Expr], Expr] | None = None
    define_computed_second: Callable[[Expr], Expr] | None = None

    def __hash__(self) -> int:
        return hash(self.name)  # rows are looked up wherever a value is computed

    @cached_property
    def form(self) -> Expr:
        """The function as a SymPy expression in `x`."""
        return self.define(x)

    @cached_property
    def derivative(self) -> Expr:
        """Its derivative, likewise."""
        return self.define_derivative(x)

    @cached_property
    def computed(self) -> Expr:
        """The form that algebras compute; that of a rational function is the one that is shown."""
        if self.define_computed is None or self.rational:
            return self.form
        return self.define_computed(x)

    @cached_property
    def derivative_shown(self) -> Expr:
        """The derivative in terms of the function itself, where it can be: σ' = σ (1 - σ)."""
        # Any number could be told in terms of a constant function; it is simpler as it is.
        if self.form.is_number:
            return self.derivative
        return self.derivative.subs(self.form, self.head(x))

    @cached_property
    def prime(self) -> Activation:
        """The derivative as a row of its own: σ' of σ."""
        return Prime(
            f"{self.name}'",
            f"{self.latex}'",
            f"{self.text}'",
            self.define_derivative,
            lambda z: differentiated(self.derivative).subs(x, z),
            self.define_computed_derivative,
            self.define_computed_second,
            of=self,
        )

    @property
    def rational(self) -> bool:
        """Whether a rational argument always gives a rational value, as the form's parts say."""
        return all(
            part.is_Rational
            or part == x
            or (part.func in RATIONAL_OPERATIONS and (not part.is_Pow or part.exp.is_Integer))
            for part in preorder_traversal(self.form)
        )

    @property
    def is_identity(self) -> bool:
        """Whether the function returns its argument, so that no formula needs to show it."""
        return self.form is x

    @cached_property
    def head(self) -> Callable[[Expr], Expr]:
        """The function as it stands in a symbolic expression, unopened: ``sigmoid(W_i*x_1)``.

        ``sympy.expand_func`` opens it; ``diff``, ``lambdify``, ``evalf`` and ``latex`` know it.
        """
        if self.is_identity:
            return _itself
        if self.form in (tanh(x), exp(x)):
            return self.form.func
        # Pickle finds the class under its name in the module that looks rows up.
        module = "symlstm.equations.activations"
        return type(self.name, (ActivationFunction,), {"row": self, "__module__": module})


def differentiated(form: Expr) -> Expr:
    """Return the derivative of a form in `x`: half way at a corner, and zero where the form jumps.

    >>> differentiated(Max(x, 0)), differentiated(Heaviside(x - 1, 0)), differentiated(Abs(x))
    (Heaviside(x), 0, 2*Heaviside(x) - 1)
    """
    found = form.diff(x).replace(DiracDelta, lambda *_: Rational(0))
    return found.replace(sign, lambda z: 2 * Heaviside(z, Rational(1, 2)) - 1)


def _itself(argument: Expr) -> Expr:
    return argument


@dataclass(frozen=True)
class Prime(Activation):
    """The derivative of the row ``of``; in symbols, it is told in terms of that function."""

    of: Activation = field(kw_only=True)
    is_slope = True

    __hash__ = Activation.__hash__

    @cached_property
    def derivative_shown(self) -> Expr:
        """The second derivative, in terms of the function itself where the first is."""
        return differentiated(self.of.derivative_shown)

    @cached_property
    def head(self) -> Callable[[Expr], Expr]:
        """The derivative as it stands in a symbolic expression: ``(1 - sigmoid(z))*sigmoid(z)``."""
        return partial(_told, self.of)


def _told(of: Activation, argument: Expr) -> Expr:
    return of.derivative_shown.subs(x, argument)


@dataclass(frozen=True)
class VectorActivation:
    """A row for a function of a whole vector: how it is called and written, and what entry k is.

    It is a member of the ``family``, with these ``settings``: parameters by name.
    """

    name: str
    latex: str
    text: str
    shown_latex: str
    shown_text: str
    family: str
    settings: tuple[tuple[str, Rational], ...] = ()
    rational: ClassVar[bool] = False
    is_identity: ClassVar[bool] = False


class ActivationFunction(Function):
    """A SymPy function whose meaning is a row of the table."""

    row: Activation

    @classmethod
    def eval(cls, argument: Expr) -> Expr | None:
        """Return the value at a rational number when it is rational itself, as sigmoid(0) is."""
        if not argument.is_Rational:
            return None
        value = cls.row.form.xreplace({x: argument})
        return value if value.is_Rational else None

    @property
    def form(self) -> Expr:
        """The function written out at its argument."""
        return self.row.form.subs(x, self.args[0])

    def fdiff(self, argindex: int = 1) -> Expr:
        """Return the derivative at the argument, which is how SymPy's ``diff`` asks."""
        return self.row.derivative_shown.subs(x, self.args[0])

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        return self.form

    def _eval_is_real(self) -> bool | None:
        return self.args[0].is_real

    def _eval_evalf(self, prec: int) -> Expr | None:
        # As tanh does: without a number to evaluate at, nothing is opened.
        return self.form._eval_evalf(prec) if self.args[0].is_number else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"{self.row.latex}{power}{{\left({printer._print(self.args[0])} \right)}}"

    def _plain(self, printer: FormPrinter, power: str = "") -> Tokens:
        return printer.applied(self.row.text, self.args, power)

    def _code(self, printer: Any) -> str:
        return f"({printer._print(self.form)})"

    # The names under which SymPy's code printers, and so lambdify, look for a method.
    _pythoncode = _numpycode = _mpmathcode = _ccode = _code
    _jaxcode = _torchcode = _tensorflowcode = _code
