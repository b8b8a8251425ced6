"""Packages that symlstm can do without: imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from symlstm.errors import MissingExtraError


def require(package: str, extra: str) -> Any:
    """Import and return a package; raises `MissingExtraError` when it is not installed.

    ``extra`` is the name of the extra of symlstm that brings it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if not f"{package}.".startswith(f"{error.name}."):
            raise  # it is there, and misses something itself
        name = package.partition(".")[0]
        message = f"{name} is not installed: pip install 'symlstm[{extra}]'"
        raise MissingExtraError(message) from error
