"""Functions that equations need beside activations of every entry: roots, and those of vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sympy import Abs, Expr, Heaviside, Rational, log, sqrt

from symlstm.equations.activation_rows import Activation, x
from symlstm.equations.activation_table import Parameter


@dataclass(frozen=True)
class EntryFunction(Activation):
    """A row of its own kind; in symbols it is what it says, as ``1/c_1``.

    One that is a ``power`` is printed so, as its exponent above its argument.
    """

    power: str | None = field(default=None, kw_only=True)

    __hash__ = Activation.__hash__

    @property
    def head(self) -> Callable[[Expr], Expr]:
        """The function as it stands in a symbolic expression: written out."""
        return lambda argument: self.form.xreplace({x: argument})


FUNCTIONS: Mapping[str, EntryFunction] = {
    row.name: row
    for row in (
        EntryFunction("reciprocal", r"1\oslash", "1⊘", lambda z: 1 / z, lambda z: -1 / z**2),
        EntryFunction("square", "x^2", "x²", lambda z: z**2, lambda z: 2 * z, power="2"),
        EntryFunction("square_root", r"\surd", "√", sqrt, lambda z: 1 / (2 * sqrt(z)), power="1/2"),
        EntryFunction(
            "reciprocal_root",
            r"1/\surd",
            "1/√",
            lambda z: 1 / sqrt(z),
            lambda z: -1 / (2 * sqrt(z) ** 3),
            power="-1/2",
        ),
        EntryFunction("log", r"\log", "log", log, lambda z: 1 / z),
        EntryFunction(
            "absolute",
            r"\mathop{\mathrm{abs}}",
            "abs",
            Abs,
            lambda z: 2 * Heaviside(z, Rational(1, 2)) - 1,
        ),
        EntryFunction(
            "sign",
            r"\mathop{\mathrm{sign}}",
            "sign",
            lambda z: 2 * Heaviside(z, Rational(1, 2)) - 1,
            lambda _z: Rational(0),
        ),
        EntryFunction(
            "step",
            r"\mathrm{H}",
            "H",
            lambda z: Heaviside(z, Rational(1, 2)),
            lambda _z: Rational(0),
        ),
    )
}
"""By name; where a function jumps, it is half way, as NumPy's and PyTorch's gradients are."""


@dataclass(frozen=True)
class VectorFamily:
    """Functions of a whole vector: how they are called and written, and what entry k of z is.

    `symlstm.equations.vocabulary` has what they are computed as, and what they hand back. In what
    is shown, parameters stand in braces, doubled where braces are meant.
    """

    name: str
    latex: str
    text: str
    shown_latex: str
    shown_text: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


VECTOR_FAMILIES: Mapping[str, VectorFamily] = {
    family.name: family
    for family in (
        VectorFamily(
            "softmax",
            r"\mathop{\mathrm{softmax}}",
            "softmax",
            r"e^{{z_k}} / \sum_j e^{{z_j}}",
            "exp(z_k) / Σ_j exp(z_j)",
        ),
        VectorFamily(
            "log_softmax",
            r"\mathop{\mathrm{logsoftmax}}",
            "logsoftmax",
            r"z_k - \log \sum_j e^{{z_j}}",
            "z_k - log Σ_j exp(z_j)",
        ),
        VectorFamily(
            "norm",
            r"\mathop{\mathrm{norm}}",
            "norm",
            r"(z_k - \bar z) / \sqrt{{\tfrac{{1}}{{n}} \sum_j (z_j - \bar z)^2 + {epsilon}}}"
            r" \quad\text{{, }} \bar z = \tfrac{{1}}{{n}} \sum_j z_j",
            "(z_k - z̄) / √(1/n Σ_j (z_j - z̄)² + {epsilon}), z̄ = 1/n Σ_j z_j",
            {
                "epsilon": Parameter(
                    Rational(1, 1000), lambda value: value >= 0, "a number not below 0"
                )
            },
        ),
    )
}
"""Those that mix the entries of a vector.

Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs" (1990); Ba,
Kiros and Hinton, "Layer Normalization" (2016), whose epsilon is Keras's here.
"""

NOT_VECTORS = frozenset({"sparsemax", "glu"})
"""Activations of Keras that are neither."""
