"""The Python that asks for what a derivation file asks for: its tables, as calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from keyword import iskeyword
from pprint import pformat
from typing import Any

from symlstm.cells.cell import Cell
from symlstm.cells.headed import Headed
from symlstm.writers.source import Source

LINE = 88
"""How many characters a line of code has."""

STEP = re.compile(r"[0-9]{1,9}")
"""The number of a time step, as a key."""

TIES = ("half up", "half even")
"""What becomes of a number half way between two decimals."""


def source(tables: Mapping[str, Any], digits: int, cell: Cell) -> Source:
    """Return the code of a derivation file that was read; balls are of so many ``digits``.

    Its numbers are literals: what is no integer is the text that stands for it.
    """
    made, names = _made(tables, cell)
    run = dict(tables["run"])
    if "weights" not in tables:
        lines = [_call("trace = cell.unroll", [run.pop("steps")], run)]
    elif isinstance(cell, Headed):
        lines = [
            _call("layer = cell.original.bind", (), tables["weights"]),
            _call("head = cell.head.bind", (), tables["head"]["weights"]),
            "layer = layer.with_head(head)",
        ]
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
        return Source(made, "\n".join(lines), _fits({**training, **run}), names)
    if "loss" in tables:
        lines += _with_loss(dict(tables["loss"]), run)
    elif "weights" in tables:
        lines.append(_call("trace = layer.run", [run.pop("inputs")], run))
    if "backward" in tables:
        of = "loss" if "loss" in tables else "trace"
        lines.append(_call(f"gradients = {of}.backward", (), by_step(tables["backward"])))
    return Source(made, "\n".join(lines), names=names)


def _made(tables: Mapping[str, Any], cell: Cell) -> tuple[str, tuple[str, ...]]:
    """Return the code that makes a cell, and the names that it is made with."""
    kind = tables["cell"].get("type", "LSTM")
    options = {name: value for name, value in tables["cell"].items() if name != "type"}
    if not isinstance(cell, Headed):
        return _call(f"cell = {kind}", (), options), (kind,)
    head = {
        name: value for name, value in tables["head"].items() if name not in ("type", "weights")
    }
    behind = type(cell.head).__name__
    head = {"units": head["units"], "input_dim": cell.head.input_dim, **head}
    parts = ", ".join((_call(kind, (), options), _call(behind, (), head)))
    return _call("cell = headed", (), {}, parts), (kind, behind, "headed")


def _with_loss(loss: dict[str, Any], run: dict[str, Any]) -> list[str]:
    """Return a run and its loss: in balls both at once, so that all its digits are certain."""
    targets, options = loss.pop("targets"), {"loss": loss.pop("type"), **loss}
    if run.get("algebra") == "ball":
        numbers = run.pop("inputs"), targets
        return [_call("loss = layer.loss", numbers, {**options, **run}), "trace = loss.trace"]
    ran = _call("trace = layer.run", [run.pop("inputs")], run)
    return [ran, _call("loss = trace.loss", [targets], options)]


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
