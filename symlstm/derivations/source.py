"""The Python that asks for what a derivation file asks for: its tables, as calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from keyword import iskeyword
from pprint import pformat
from typing import Any

from symlstm.writers.source import Source

LINE = 88
"""How many characters a line of code has."""

STEP = re.compile(r"[0-9]{1,9}")
"""The number of a time step, as a key."""

TIES = ("half up", "half even")
"""What becomes of a number half way between two decimals."""


def source(tables: Mapping[str, Any], digits: int) -> Source:
    """Return the code of a derivation file that was read; balls are of so many ``digits``.

    Its numbers are literals: what is no integer is the text that stands for it.
    """
    options = {name: value for name, value in tables["cell"].items() if name != "type"}
    kind = tables["cell"].get("type", "LSTM")
    cell = _call(f"cell = {kind}", (), options)
    run = dict(tables["run"])
    if "weights" not in tables:
        lines = [_call("trace = cell.unroll", [run.pop("steps")], run)]
    else:
        lines = [_call("layer = cell.bind", (), tables["weights"])]
    if "rounding" in run:
        rounded(run)
    elif run.get("algebra") == "ball":
        run.setdefault("digits", digits)
    if "training" in tables:
        training = dict(tables["training"])
        lines += [
            f"inputs = {_literal(run.pop('inputs'))}",
            f"targets = {_literal(training.pop('targets'))}",
        ]
        return Source(cell, "\n".join(lines), _fits({**training, **run}))
    if "weights" in tables:
        lines.append(_call("trace = layer.run", [run.pop("inputs")], run))
    if "backward" in tables:
        lines.append(_call("gradients = trace.backward", (), by_step(tables["backward"])))
    return Source(cell, "\n".join(lines))


def by_step(backward: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Trace.backward` takes: in a file, the steps of seeds are text, as keys are."""
    seeds = backward.get("seeds")
    if not isinstance(seeds, dict):
        return dict(backward)
    return {**backward, "seeds": {name: _numbered(seed) for name, seed in seeds.items()}}


def _numbered(seed: Any) -> Any:
    if not isinstance(seed, dict):
        return seed
    return {int(key) if STEP.fullmatch(key) else key: value for key, value in seed.items()}


def rounded(run: dict[str, Any]) -> None:
    """Turn what a file says of rounding into what `Layer.run` takes."""
    ties = run.pop("ties", TIES[0])
    run.update(algebra="decimal", rounding=ties.replace(" ", "_"))


def _fits(training: dict[str, Any]) -> tuple[str, ...]:
    """Return a training for each batch size."""
    sizes = training.pop("batch_size", 1)
    fit = "training = layer.fit"
    return tuple(
        _call(fit, (), {"batch_size": size, **training}, "inputs, targets")
        for size in (sizes if isinstance(sizes, list) else [sizes])
    )


def _call(function: str, values: Any, options: Mapping[str, Any], names: str = "") -> str:
    """Return a call with literals, on one line or, if it is long, one for each."""
    given = [names] if names else []
    given += [_literal(value) for value in values]
    given += [f"{name}={_literal(value)}" for name, value in options.items() if _is_argument(name)]
    others = {name: value for name, value in options.items() if not _is_argument(name)}
    given += [f"**{_literal(others)}"] if others else []
    line = f"{function}({', '.join(given)})"
    if len(line) <= LINE and "\n" not in line:
        return line
    each = (f"    {one},".replace("\n", "\n    ") for one in given)
    return "\n".join([f"{function}(", *each, ")"])


def _is_argument(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


def _literal(value: Any) -> str:
    return pformat(_plain(value), width=LINE - 4, compact=True, sort_dicts=False)


def _plain(value: Any) -> Any:
    """Return a value in Python's own types: a decimal is text, which is read exactly."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, int) else str(value)
