"""The activation functions: one table, a row each.

Every algebra reads a row's ``form``; nothing else in symlstm knows a formula of an activation.
Definitions follow Keras 3 (``keras.activations``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import (
    Abs,
    Add,
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
    tanh,
)

from symlstm.errors import CellError, choices

x = Symbol("x", real=True)
"""The argument of every form."""

RATIONAL_OPERATIONS = frozenset({Add, Mul, Pow, Max, Min, Abs, Heaviside})
"""What takes rational numbers to rational ones; of the powers, those with an integer exponent."""


@dataclass(frozen=True)
class Activation:
    """One row of the table: how it is called and written, the function, and its derivative.

    Where a function has a corner, the derivative is the one that Keras and PyTorch take there: that
    of the flatter side. Both are built when they are first asked for, since that takes SymPy time.
    """

    name: str
    latex: str
    text: str
    define: Callable[[Expr], Expr]
    define_derivative: Callable[[Expr], Expr]

    @cached_property
    def form(self) -> Expr:
        """The function as a SymPy expression in `x`."""
        return self.define(x)

    @cached_property
    def derivative(self) -> Expr:
        """Its derivative, likewise."""
        return self.define_derivative(x)

    @property
    def derivative_shown(self) -> Expr:
        """The derivative in terms of the function itself, where it can be: σ' = σ (1 - σ)."""
        return self.derivative.subs(self.form, self.head(x))

    @cached_property
    def prime(self) -> Activation:
        """The derivative as a row of its own: σ' of σ."""
        return Activation(
            f"{self.name}'",
            f"{self.latex}'",
            f"{self.text}'",
            self.define_derivative,
            lambda z: self.derivative.diff(x).subs(x, z),
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
            return lambda argument: argument
        if self.name.endswith("'"):
            return lambda argument: self.form.subs(x, argument)
        if self.form == tanh(x):
            return tanh
        return type(self.name, (ActivationFunction,), {"row": self, "__module__": __name__})


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
        return self.row.derivative.subs(x, self.args[0])

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        return self.form

    def _eval_evalf(self, prec: int) -> Expr:
        return self.form._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"{self.row.latex}{power}{{\left({printer._print(self.args[0])} \right)}}"

    def _code(self, printer: Any) -> str:
        return f"({printer._print(self.form)})"

    # The names under which SymPy's code printers, and so lambdify, look for a method.
    _pythoncode = _numpycode = _mpmathcode = _ccode = _code
    _jaxcode = _torchcode = _tensorflowcode = _code


def _clip(low: Expr, value: Expr, high: Expr) -> Expr:
    return Min(Max(value, low), high)


def _inside(low: int, value: Expr, high: int) -> Expr:
    """One strictly between ``low`` and ``high``, zero elsewhere."""
    return Heaviside(value - low, 0) * Heaviside(high - value, 0)


def _sigmoid(z: Expr) -> Expr:
    return 1 / (1 + exp(-z))


_SLOPE = Rational(1, 5)

ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        Activation("linear", "", "", lambda z: z, lambda z: z**0),
        Activation("sigmoid", r"\sigma", "σ", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
        Activation("tanh", r"\tanh", "tanh", tanh, lambda z: 1 - tanh(z) ** 2),
        Activation(
            "relu", r"\mathrm{relu}", "relu", lambda z: Max(z, 0), lambda z: Heaviside(z, 0)
        ),
        Activation(
            "relu6",
            r"\mathrm{relu6}",
            "relu6",
            lambda z: _clip(0, z, 6),
            lambda z: _inside(0, z, 6),
        ),
        Activation(
            "leaky_relu",
            r"\mathrm{lrelu}",
            "lrelu",
            lambda z: Max(z, _SLOPE * z),
            lambda z: _SLOPE + (1 - _SLOPE) * Heaviside(z, 0),
        ),
        Activation(
            "hard_sigmoid",
            r"\sigma_{\mathrm{hard}}",
            "σ_hard",
            lambda z: _clip(0, z + 3, 6) / 6,
            lambda z: _inside(-3, z, 3) / 6,
        ),
        Activation(
            "hard_tanh",
            r"\tanh_{\mathrm{hard}}",
            "tanh_hard",
            lambda z: _clip(-1, z, 1),
            lambda z: _inside(-1, z, 1),
        ),
        Activation(
            "sparse_sigmoid",
            r"\sigma_{\mathrm{sparse}}",
            "σ_sparse",
            lambda z: _clip(0, (z + 1) / 2, 1),
            lambda z: _inside(-1, z, 1) / 2,
        ),
        Activation(
            "softsign",
            r"\mathrm{softsign}",
            "softsign",
            lambda z: z / (1 + Abs(z)),
            lambda z: 1 / (1 + Abs(z)) ** 2,
        ),
    )
}


def activation(name: str | None, *, argument: str = "activation") -> Activation:
    """Return the row called ``name``; ``None`` is the identity, as in Keras.

    Raises `CellError` for a name that is not in the table.

    >>> activation("hard_sigmoid").form.subs(x, 1)
    2/3
    """
    name = "linear" if name is None else name
    if isinstance(name, str) and name in ACTIVATIONS:
        return ACTIVATIONS[name]
    raise CellError(f"{argument} is {name!r}; {choices(name, ACTIVATIONS)}", argument=argument)


def row_named(name: str) -> Activation:
    """Return the row of a function, or of a derivative: ``tanh'``."""
    row = ACTIVATIONS[name.removesuffix("'")]
    return row.prime if name.endswith("'") else row


def rational_names() -> list[str]:
    """Return the names of the activations that have exact values."""
    return [name for name, row in ACTIVATIONS.items() if row.rational]


def __getattr__(name: str) -> Any:
    """Hand out a row's head as ``symlstm.activations.sigmoid``; pickle looks it up here, too."""
    if name in ACTIVATIONS:
        return ACTIVATIONS[name].head
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
