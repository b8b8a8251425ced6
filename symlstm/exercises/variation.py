"""Copies of an exercise: the same file with other numbers, drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symlstm.cells.cell import Cell
from symlstm.cells.headed import Headed
from symlstm.derivations.derivation import Derivation
from symlstm.derivations.exercise import Exercise, Place
from symlstm.derivations.spec import renumbered
from symlstm.errors import NumberError, SpecError
from symlstm.exercises.places import label
from symlstm.exercises.search import Drawn, Search
from symlstm.numbers.arrays import Array
from symlstm.numbers.budget import written
from symlstm.numbers.exact import whole_number
from symlstm.runs.binding import group_of
from symlstm.runs.layer_given import LayerGiven
from symlstm.runs.trace import Trace

MOST_COPIES = 1000
"""So many copies a class has at the most: for one, all those before it are drawn."""


def variation(derivation: Derivation, *, seed: int, copy: int = 1) -> Derivation:
    """Return a copy of a derivation, with numbers of its own where ``[exercise]`` says that it may.

    It is the same for the same file, seed and number of the copy, on every machine; no two copies
    of a seed are alike. What the file expects is of its own numbers, and not of a copy's. Raises
    `SpecError` where nothing varies, or no numbers are found that keep within the bounds, and
    `NumberError` for a seed or a copy that is no whole number.
    """
    return Copies(derivation, seed)[copy]


def variations(derivation: Derivation, *, seed: int, copies: int) -> tuple[Derivation, ...]:
    """Return the copies 1 to ``copies`` of a derivation; see `variation`."""
    every = Copies(derivation, seed)
    return tuple(every[copy] for copy in range(1, every.counted(copies, "copies") + 1))


class Copies:
    """The copies of a derivation that are drawn from a seed, by their numbers from 1.

    Each is drawn after those before it, and no sooner than it is asked for; see `variation`.
    """

    def __init__(self, derivation: Derivation, seed: int) -> None:
        whole_number(seed, argument="seed", least=0)
        exercise = derivation.exercise
        if exercise is None or not exercise.vary:
            raise _error(derivation, "nothing varies; say what does: vary = {kernel = [-3, 3]}")
        self.derivation, self._exercise = derivation, exercise
        self._search = Search(derivation, exercise, seed)
        self._found = self._search.found()
        self._drawn: dict[Any, Drawn] = {}

    def __getitem__(self, copy: int) -> Derivation:
        self.counted(copy, "copy")
        while len(self._drawn) < copy:
            drawn = next(self._found, None)
            if drawn is None:
                why = _why(self._search, self._exercise, len(self._drawn))
                raise _error(self.derivation, f"vary: {why}")
            if drawn.key not in self._drawn:
                self._drawn[drawn.key] = drawn
                self._search.restart()
        return _copied(self.derivation, list(self._drawn.values())[copy - 1])

    def counted(self, copies: int, argument: str) -> int:
        """Return the number of a copy, or of several; raises `NumberError` for what is none."""
        number = whole_number(copies, argument=argument)
        if number > MOST_COPIES:
            message = f"{argument} is {written(number)}; give {MOST_COPIES:,} or less"
            raise NumberError(message, argument=argument)
        return number


def _error(derivation: Derivation, message: str) -> SpecError:
    return SpecError(f"{derivation.path}: [exercise] {message}", argument="vary")


def _why(search: Search, exercise: Exercise, found: int) -> str:
    """Return why no more numbers are found, and how to mend it."""
    broken = search.broken.most_common(1)
    if found and not (broken and 2 * broken[0][1] > search.tries):
        one = f"{found} copies are" if found > 1 else "one copy is"
        return f"{one} found, and none that differs from them; give wider ranges, or larger bounds"
    none = f"no copy beyond {found} is found" if found else "no numbers are found"
    where = f"{none} in {search.tries:,} tries"
    if not broken:
        return f"{where}; give wider ranges"
    (name, step, bound), count = broken[0]
    times = f"in {count:,} of them"
    if bound == "dull":
        return f"{where}, and most of {name} was zero {times}; give other ranges"
    value, limits = label(search.cell, Place(name, step)), exercise.bounds
    if bound == "size":
        said, mend = f"beyond {limits.size}", f"bounds = {{size = {2 * limits.size}}}"
    else:
        said = f"of a denominator beyond {limits.denominator}"
        mend = f"bounds = {{denominator = {2 * limits.denominator}}}"
    return f"{where}, and {value} was {said} {times}; give smaller ranges, or {mend}"


def _copied(derivation: Derivation, drawn: Drawn) -> Derivation:
    trace, tables = derivation.trace, derivation.tables
    assert isinstance(trace, Trace)
    given = trace.given
    assert isinstance(given, LayerGiven)
    every = {**given.weights, **drawn.weights}
    stacked = "layout" in tables["weights"]
    weights = {} if stacked else dict(tables["weights"])
    cell = trace.cell.original if isinstance(trace.cell, Headed) else trace.cell
    for group, members in cell.groups.items():
        if stacked or any(one.name in drawn.weights for one in members):
            weights = {key: weights[key] for key in weights if group_of(cell, key) != group}
            weights[cell.letters[group]] = _group(cell, group, every)
    run = dict(tables["run"])
    if drawn.inputs is not None:
        run["inputs"] = _written(drawn.inputs.reshape(np.shape(run["inputs"])))
    if drawn.states:
        one = len(given.inputs) == 1
        states = [drawn.states[name] for name in trace.cell.states]
        run["initial_state"] = [_written(state[0] if one else state) for state in states]
    head = _head(trace.cell, tables, every)
    return renumbered(derivation, {"weights": weights, "run": run, **head})


def _head(cell: Cell, tables: Mapping[str, Any], numbers: Mapping[str, Array]) -> dict[str, Any]:
    """Return the head's table with its weights, if there is one."""
    if not isinstance(cell, Headed):
        return {}
    groups = cell.head.groups
    weights = {cell.head.letters[group]: _group(cell.head, group, numbers) for group in groups}
    return {"head": {**tables["head"], "weights": weights}}


def _group(cell: Cell, group: str, numbers: Mapping[str, Array]) -> Any:
    """Return a group's weights as a file gives them: by gate, each as the formulas have it."""
    parts = {
        weight.name.partition("_")[2]: _written(
            numbers[weight.name] if weight in cell.matrices else numbers[weight.name][:, 0]
        )
        for weight in cell.groups[group]
    }
    return parts if any(parts) else parts[""]


def _written(numbers: Array) -> Any:
    """Return numbers as a file gives them: integers, and text for fractions; one alone as such."""
    if numbers.size == 1:
        return _number(numbers.item())
    return np.vectorize(_number, otypes=[object])(numbers).tolist()


def _number(number: Any) -> int | str:
    text = str(number)
    return int(text) if text.lstrip("-").isdigit() else text
