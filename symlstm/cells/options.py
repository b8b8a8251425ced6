"""An option that a class does not have is an error that says which ones it has."""

from __future__ import annotations

from inspect import signature
from typing import Any

from symlstm.errors import CellError, choices

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
