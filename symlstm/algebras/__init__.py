"""Algebras: equations and numbers in; values, by what the operations mean there, out."""

from __future__ import annotations

from typing import Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.ball import BallAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.errors import SymlstmError, choices
from symlstm.numbers.exact import shown

ALGEBRAS: dict[str, type[Algebra[Any]]] = {
    "exact": ExactAlgebra,
    "float": FloatAlgebra,
    "ball": BallAlgebra,
    "decimal": DecimalAlgebra,
}
"""The algebras that a layer can be run in, by the name that a user gives."""


def algebra_named(name: str) -> type[Algebra[Any]]:
    """Return the kind of algebra that a user calls ``name``."""
    if not isinstance(name, str) or name not in ALGEBRAS:
        known = choices(shown(name), ALGEBRAS)
        raise SymlstmError(f"algebra is {shown(name)}; {known}", argument="algebra")
    return ALGEBRAS[name]
