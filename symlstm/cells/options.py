"""An option that a class does not have is an error that says which ones it has."""

from __future__ import annotations

from inspect import signature
from typing import Any

from symlstm.errors import CellError, choices


class KnownOptions:
    """Raises `CellError` for an option that a class does not have, and says which ones it has."""

    def __new__(cls, *_given: Any, **options: Any) -> Any:
        """Look at the options' names; the class itself takes them."""
        parameters = signature(cls).parameters
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            for name in options.keys() - parameters.keys():
                message = f"{cls.__name__} has no option {name!r}; {choices(name, parameters)}"
                raise CellError(message, argument=name)
        return super().__new__(cls)
