"""The Python that asks for what a derivation file asks for: its tables, as calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
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
        lines = [call("trace = cell.unroll", [run.pop("steps")], run)]
    elif isinstance(cell, Headed):
        lines = [
            call("layer = cell.original.bind", (), tables["weights"]),
            call("head = cell.head.bind", (), tables["head"]["weights"]),
            "layer = layer.with_head(head)",
        ]
    else:
        lines = [call("layer = cell.bind", (), tables["weights"])]
    return completed(Source(made, "\n".join(lines), names=names), tables, run, digits)


def completed(
    source: Source,
    tables: Mapping[str, Any],
    run: dict[str, Any],
    digits: int,
    *,
    model: str = "layer",
    of: str = "",
) -> Source:
    """Return code with that of a run and all that follows it, or of trainings.

    ``model`` is what is run, and ``of`` stands before the names of its trace and gradients.
    """
    lines = [source.run] if source.run else []
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
        fits = _fits(model, {**training, **run})
        return replace(source, run="\n".join(lines), fits=fits)
    trace = f"{of}trace"
    if "loss" in tables:
        lines += _with_loss(dict(tables["loss"]), run, model, trace)
    elif "weights" in tables or "layers" in tables:
        lines.append(call(f"{trace} = {model}.run", [run.pop("inputs")], run))
    if "backward" in tables:
        begin = "loss" if "loss" in tables else trace
        gradients = f"{of}gradients = {begin}.backward"
        lines.append(call(gradients, (), by_step(tables["backward"])))
    return replace(source, run="\n".join(lines))


def _made(tables: Mapping[str, Any], cell: Cell) -> tuple[str, tuple[str, ...]]:
    """Return the code that makes a cell, and the names that it is made with."""
    kind, options = kind_of(tables["cell"])
    if not isinstance(cell, Headed):
        return call(f"cell = {kind}", (), options), (kind,)
    head = {
        name: value for name, value in tables["head"].items() if name not in ("type", "weights")
    }
    behind = type(cell.head).__name__
    head = {"units": head["units"], "input_dim": cell.head.input_dim, **head}
    parts = ", ".join((call(kind, (), options), call(behind, (), head)))
    return call("cell = headed", (), {}, parts), (kind, behind, "headed")


def kind_of(table: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the kind of a cell, and its options, of the table that says them."""
    return table.get("type", "LSTM"), {k: value for k, value in table.items() if k != "type"}


def _with_loss(loss: dict[str, Any], run: dict[str, Any], model: str, trace: str) -> list[str]:
    """Return a run and its loss: in balls both at once, so that all its digits are certain."""
    targets, options = loss.pop("targets"), {"loss": loss.pop("type"), **loss}
    if run.get("algebra") == "ball":
        numbers = run.pop("inputs"), targets
        made = call(f"loss = {model}.loss", numbers, {**options, **run})
        return [made, f"{trace} = loss.trace"]
    ran = call(f"{trace} = {model}.run", [run.pop("inputs")], run)
    return [ran, call(f"loss = {trace}.loss", [targets], options)]


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


def _fits(model: str, training: dict[str, Any]) -> tuple[str, ...]:
    """Return a training for each batch size."""
    sizes = training.pop("batch_size", 1)
    fit = f"training = {model}.fit"
    return tuple(
        call(fit, (), {"batch_size": size, **training}, "inputs, targets")
        for size in (sizes if isinstance(sizes, list) else [sizes])
    )


def call(function: str, values: Any, options: Mapping[str, Any], names: str = "") -> str:
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
