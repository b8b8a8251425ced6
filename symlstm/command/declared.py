"""A command of Click out of a function: its annotations say what it takes.

``Annotated[Path, Argument("What it is.")]`` stands by its place; ``Annotated[int, Option("...")]``
is ``--name``, unless it has other names. What has no default has to be given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click

TYPES: Mapping[type, click.ParamType[Any]] = {
    Path: click.Path(path_type=Path),
    str: click.STRING,
    int: click.INT,
    float: click.FLOAT,
    bool: click.BOOL,
}


@dataclass(frozen=True)
class Argument:
    """What stands by its place; a tuple takes all that stand there."""

    help: str
    metavar: str | None = None

    def declared(self, name: str, kind: click.ParamType[Any], several: bool, **given: Any) -> Any:
        """Return it as Click has it."""
        given |= {"metavar": self.metavar, "nargs": -1 if several else 1}
        return click.Argument([name], type=kind, help=self.help, **given)


@dataclass(frozen=True)
class Option:
    """What stands by its name; a truth value is said by the name alone, a tuple one by one.

    A ``metavar`` such as ``"en|de"`` lists what there is, for a shell to complete.
    """

    help: str
    names: tuple[str, ...] = ()
    metavar: str | None = None

    def declared(self, name: str, kind: click.ParamType[Any], several: bool, **given: Any) -> Any:
        """Return it as Click has it."""
        names = self.names or (f"--{name.replace('_', '-')}",)
        given |= {"metavar": self.metavar, "multiple": several, "is_flag": kind is click.BOOL}
        if self.metavar is not None and "|" in self.metavar:
            given["shell_complete"] = self._completed
        return click.Option([name, *names], type=kind, help=self.help, **given)

    def _completed(self, _context: Any, _option: Any, begun: str) -> list[str]:
        return [word for word in str(self.metavar).split("|") if word.startswith(begun)]


def command(function: Callable[..., None]) -> click.Command:
    """Return the command that calls a function: its name, its docstring and what it takes."""
    hints = get_type_hints(function, include_extras=True)
    given = signature(function).parameters
    return click.Command(
        function.__name__,
        callback=function,
        params=[_parameter(name, hints[name], given[name].default) for name in given],
        help=function.__doc__,
        short_help=function.__doc__,  # not cut short in a list of commands
        context_settings={"show_default": True},
    )


def _parameter(name: str, hint: Any, default: Any) -> click.Parameter:
    annotated, said = get_args(hint)
    kinds = [kind for kind in get_args(annotated) or (annotated,) if kind in TYPES]
    several = get_origin(annotated) is tuple
    required = default is Parameter.empty
    given = {} if required or default is None else {"default": default}
    parameter: click.Parameter = said.declared(
        name, TYPES[kinds[0]], several, required=required, **given
    )
    return parameter
