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
    x,
)
from symlstm.equations.activation_table import ALIASES, FAMILIES, NOT_ELEMENTWISE, Family
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


def activation(name: str | None, *, argument: str = "activation") -> Activation:
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
    """Return the row of a function, or of a derivative: ``tanh'``."""
    return row_named(name[:-1]).prime if name.endswith("'") else activation(name)


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


def _read(name: Any) -> Activation:
    """Return the row that a text means; raises `ValueError` that says what to write."""
    match = _CALL.fullmatch(name.strip()) if isinstance(name, str) else None
    called = match["name"] if match else str(name)
    called = ALIASES.get(called, called)
    if called in NOT_ELEMENTWISE:
        raise ValueError(
            f"{called} is not elementwise, and an activation acts on every unit by itself; "
            f"known: {', '.join(FAMILIES)}"
        )
    if match is None and called.partition("(")[0].strip() in FAMILIES:
        raise ValueError(_NOT_WRITTEN_SO)
    if match is None or called not in FAMILIES:
        raise ValueError(choices(match["name"] if match else name, FAMILIES))
    family = FAMILIES[called]
    return _member(called, tuple(_values(family, dict(_settings(match["settings"] or "")))))


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


def _values(family: Family, settings: Mapping[str, str]) -> Iterator[Rational]:
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
    changed = {
        name: value
        for name, value in values_by_name.items()
        if value != family.parameters[name].default
    }
    settings = ", ".join(f"{name}={value}" for name, value in changed.items())
    below = ",".join(map(str, values)) if changed else ""
    stable = STABLE.get(family_name, Stable())
    return Activation(
        f"{family_name}({settings})" if changed else family_name,
        _with_index(family.latex, below),
        _with_index(family.text, below),
        partial(family.define, **values_by_name),
        partial(family.define_derivative, **values_by_name),
        partial(stable.form, **values_by_name) if stable.form else None,
        partial(stable.derivative, **values_by_name) if stable.derivative else None,
    )


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
        return activation(name).head
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
