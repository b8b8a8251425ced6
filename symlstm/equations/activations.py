"""The activation functions: a name, with parameters or without, to the row that it means.

Every algebra reads what a row says is ``computed``; nothing but the tables knows a formula of an
activation.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from sympy import Rational

from symlstm.equations.activation_rows import (
    RATIONAL_OPERATIONS,
    Activation,
    ActivationFunction,
    Prime,
    VectorActivation,
    x,
)
from symlstm.equations.activation_table import ALIASES, FAMILIES, Family
from symlstm.equations.functions import FUNCTIONS, NOT_VECTORS, VECTOR_FAMILIES, VectorFamily
from symlstm.equations.stable_forms import STABLE, Stable
from symlstm.errors import CellError, NumberError, choices
from symlstm.numbers.exact import rational, shown, to_sympy

__all__ = [
    "ACTIVATIONS",
    "RATIONAL_OPERATIONS",
    "Activation",
    "ActivationFunction",
    "activation",
    "in_table_order",
    "rational_names",
    "row_named",
    "x",
]

_CALL = re.compile(r"(?P<name>\w+)(?:\((?P<settings>[^()]*)\))?", re.ASCII)
"""A name, and parameters as in ``leaky_relu(negative_slope=1/100)``."""

LARGEST_PARAMETER = 4096
"""How many bits the numerator and the denominator of a parameter may have; any float has fewer."""

_NOT_WRITTEN_SO = "give name(parameter=number, ...), such as 'leaky_relu(negative_slope=1/100)'"


def activation(name: str | None, *, argument: str = "activation") -> Activation | VectorActivation:
    """Return the row called ``name``; ``None`` is the identity, as in Keras.

    A name may set parameters, as numbers that `symlstm.numbers.exact.rational` reads; the row's own
    name is the shortest that means the same. Raises `CellError` for a name that is not in the
    table, and for parameters that the function does not have or cannot have.

    >>> activation("hard_sigmoid").form.subs(x, 1)
    2/3
    >>> activation("leaky_relu(negative_slope=0.01)").name
    'leaky_relu(negative_slope=1/100)'
    """
    if name is None:
        return ACTIVATIONS["linear"]
    if isinstance(name, str) and name in ACTIVATIONS:
        return ACTIVATIONS[name]
    try:
        return _read(name)
    except ValueError as error:
        raise CellError(f"{argument} is {shown(name)}; {error}", argument=argument) from None


def row_named(name: str) -> Activation:
    """Return the row of a function of every entry, or of a derivative: ``tanh'``."""
    if name.endswith("'"):
        return row_named(name[:-1]).prime
    row = FUNCTIONS.get(name) or activation(name)
    assert isinstance(row, Activation)
    return row


def _pickled(row: Activation) -> Any:
    """Return how a row is pickled: one that has a name by that, so that it comes back as itself."""
    try:
        named = row_named(row.name) is row
    except CellError:
        named = False
    return (row_named, (row.name,)) if named else row.__reduce_ex__(2)


for kind in (Activation, Prime):
    copyreg.pickle(kind, _pickled)


def rational_names() -> list[str]:
    """Return the names in the table of the activations that have exact values.

    Whether a name with parameters is one of them, ``activation(name).rational`` says.
    """
    return [name for name, row in ACTIVATIONS.items() if row.rational]


def in_table_order(rows: Iterable[Activation]) -> list[Activation]:
    """Return rows in the order of the table, those of one family by name."""
    order = list(FAMILIES)
    return sorted(rows, key=lambda row: (order.index(row.name.partition("(")[0]), row.name))


def vector_row_named(name: str) -> VectorActivation:
    """Return the row of a function of a whole vector."""
    row = activation(name)
    assert isinstance(row, VectorActivation)
    return row


def _read(name: Any) -> Activation | VectorActivation:
    """Return the row that a text means; raises `ValueError` that says what to write."""
    match = _CALL.fullmatch(name.strip()) if isinstance(name, str) else None
    called = match["name"] if match else str(name)
    called = ALIASES.get(called, called)
    if called in NOT_VECTORS:
        raise ValueError(
            f"{called} acts on no unit by itself, and is none of the functions of a whole vector "
            f"that are here; known: {', '.join([*FAMILIES, *VECTOR_FAMILIES])}"
        )
    known = [*FAMILIES, *VECTOR_FAMILIES]
    if match is None and called.partition("(")[0].strip() in known:
        raise ValueError(_NOT_WRITTEN_SO)
    if match is None or called not in known:
        raise ValueError(choices(match["name"] if match else name, known))
    settings = dict(_settings(match["settings"] or ""))
    if called in FAMILIES:
        return _member(called, tuple(_values(FAMILIES[called], settings)))
    return _vector_member(called, tuple(_values(VECTOR_FAMILIES[called], settings)))


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters and values in ``alpha=1, beta=1/2``."""
    seen: set[str] = set()
    for setting in text.split(",") if text.strip() else []:
        parameter, equals, value = (part.strip() for part in setting.partition("="))
        if not equals:
            comma = "; a decimal has a point, and no comma" if seen and parameter.isdigit() else ""
            raise ValueError(_NOT_WRITTEN_SO + comma)
        if parameter in seen:
            raise ValueError(f"{parameter} is given twice; give it once")
        seen.add(parameter)
        yield parameter, value


def _values(family: Family | VectorFamily, settings: Mapping[str, str]) -> Iterator[Rational]:
    """Yield the value of each parameter, in the family's order."""
    for name in settings:
        if name not in family.parameters:
            known = choices(name, family.parameters) if family.parameters else "it has none"
            raise ValueError(f"{family.name} has no parameter {shown(name)}; {known}")
    for name, parameter in family.parameters.items():
        value = _number(settings[name], parameter.wanted, name) if name in settings else None
        if value is not None and not parameter.accepts(value):
            raise ValueError(f"{name} is {shown(settings[name])}; give {parameter.wanted}")
        yield parameter.default if value is None else value


def _number(value: str, wanted: str, parameter: str) -> Rational:
    try:
        number = to_sympy(rational(value))
    except NumberError:
        raise ValueError(f"{parameter} is {shown(value)}; give {wanted}") from None
    if max(int(part).bit_length() for part in (number.p, number.q)) > LARGEST_PARAMETER:
        raise ValueError(f"{parameter} is {shown(value)}; give a number of fewer digits")
    return number


@cache
def _member(family_name: str, values: tuple[Rational, ...]) -> Activation:
    """Return the member of a family with these parameters, always the same object."""
    family = FAMILIES[family_name]
    values_by_name = dict(zip(family.parameters, values, strict=True))
    name = _name_of(family, values_by_name)
    below = ",".join(map(str, values)) if name != family_name else ""
    stable = STABLE.get(family_name, Stable())
    return Activation(
        name,
        _with_index(family.latex, below),
        _with_index(family.text, below),
        partial(family.define, **values_by_name),
        partial(family.define_derivative, **values_by_name),
        partial(stable.form, **values_by_name) if stable.form else None,
        partial(stable.derivative, **values_by_name) if stable.derivative else None,
        partial(stable.second, **values_by_name) if stable.second else None,
    )


@cache
def _vector_member(family_name: str, values: tuple[Rational, ...]) -> VectorActivation:
    """Return the member of a family of functions of vectors with these parameters."""
    family = VECTOR_FAMILIES[family_name]
    settings = dict(zip(family.parameters, values, strict=True))
    name = _name_of(family, settings)
    below = ",".join(map(str, values)) if name != family_name else ""
    return VectorActivation(
        name,
        _with_index(family.latex, below),
        _with_index(family.text, below),
        family.shown_latex.format(**settings),
        family.shown_text.format(**settings),
        family_name,
        tuple(settings.items()),
    )


def _name_of(family: Family | VectorFamily, settings: Mapping[str, Rational]) -> str:
    """Return the name of a member: the family's, with the parameters that are not the usual."""
    usual = {name: parameter.default for name, parameter in family.parameters.items()}
    changed = [f"{name}={value}" for name, value in settings.items() if value != usual[name]]
    return f"{family.name}({', '.join(changed)})" if changed else family.name


def _with_index(symbol: str, below: str) -> str:
    r"""Write parameters below a symbol, after what stands there: \sigma_{\mathrm{hard},1/5,1/2}."""
    letter, _, index = symbol.partition("_")
    index = index.removeprefix("{").removesuffix("}") if index.startswith("{") else index
    return f"{letter}_{{{','.join(filter(None, (index, below)))}}}" if below else symbol


ACTIVATIONS: dict[str, Activation] = {
    name: _member(name, tuple(parameter.default for parameter in family.parameters.values()))
    for name, family in FAMILIES.items()
}
"""The row of every family with its parameters at their defaults."""


def __getattr__(name: str) -> Any:
    """Hand out a row's head as ``activations.sigmoid``; pickle looks it up here, too."""
    if _CALL.fullmatch(name) and name.partition("(")[0] in FAMILIES:
        return row_named(name).head
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
