"""What options may be: those that a class has, switches that are on or off, exact numbers."""

from __future__ import annotations

from dataclasses import fields
from inspect import signature
from typing import Any

from symlstm.errors import CellError, choices
from symlstm.numbers.exact import rational

OF_A_RUN = dict.fromkeys(("inputs", "initial_state"), "goes to run")
"""What to say of what is given to a run, and not to a cell."""


class KnownOptions:
    """Raises `CellError` for an option that a class does not have, and says which ones it has."""

    def __new__(cls, *given: Any, **options: Any) -> Any:
        """Look at the options' names; the class itself takes them."""
        form = signature(cls)
        parameters = form.parameters
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            for name in (name for name in options if name not in parameters):
                of_weights = dict.fromkeys(getattr(cls, "parameters", ()), "goes to bind")
                unbiased = {"bias": "goes to bind, and use_bias=False is for none"}
                known = choices(name, parameters, {**of_weights, **OF_A_RUN, **unbiased})
                raise CellError(f"{cls.__name__} has no option {name!r}; {known}", argument=name)
        if given or options:  # a pickle gives none
            try:
                form.bind(*given, **options)
            except TypeError as error:
                message = f"{cls.__name__}: {error}; it takes {', '.join(parameters)}"
                raise CellError(message) from error
        return super().__new__(cls)


def validate_switches(made: Any) -> None:
    """Raise `CellError` where an option that is True or False unless given is anything else."""
    for option in fields(made):
        value = getattr(made, option.name)
        if isinstance(option.default, bool) and not isinstance(value, bool):
            message = f"{option.name} is {value!r}; give True or False"
            raise CellError(message, argument=option.name)


def keep_exact(made: Any, *names: str) -> None:
    """Write options that are numbers, and not ``None``, as fractions: equal ones are alike then."""
    for name in names:
        value = getattr(made, name)
        if value is not None:
            object.__setattr__(made, name, str(rational(value, argument=name)))
