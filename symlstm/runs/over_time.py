"""Values of a run over time: of each name one array, with an axis for the steps in front."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np


class OverTime(dict[str, Any]):
    """The values at some steps by name, each put into one array when it is asked for.

    ``steps`` have the values of each. What no step waits for is computed ``later``, when it is
    asked for, and ``put`` into the steps when these are to be whole. Of ``helpers``, the steps know
    nothing.
    """

    def __init__(self, steps: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self.steps = steps
        self.later: dict[str, Callable[[], Any]] = {}
        self.helpers: dict[str, list[Any]] = {}

    def __missing__(self, name: str) -> Any:
        self[name] = self.found(name)
        return self[name]

    def found(self, name: str) -> Any:
        """Return the values of a name; raises `KeyError` if not each step has one."""
        if name in self.later:
            return self.later[name]()
        each = self.helpers.get(name) or [values[name] for values in self.steps]
        return np.concatenate(each).reshape(len(each), *each[0].shape)

    def has(self, name: str) -> bool:
        """Say whether each step has a value of this name, or will have."""
        return name in self.later or all(name in values for values in self.steps)

    def hide(self, names: Iterable[str]) -> None:
        """Keep some values out of the steps."""
        self.helpers |= {name: [values.pop(name) for values in self.steps] for name in names}

    def put(self) -> None:
        """Put what is computed later into each of the steps."""
        for name in self.later:
            for values, one in zip(self.steps, self[name], strict=True):
                values[name] = one
        self.later.clear()

    def put_last(self, names: Container[str]) -> None:
        """Put some of what is computed later into the last of the steps alone."""
        self.steps[-1].update({name: self[name][-1] for name in self.later if name in names})


class Backwards(OverTime):
    """The values at the steps of a run from its end; what these took over is known over time."""

    def __init__(self, steps: Sequence[dict[str, Any]], run: OverTime) -> None:
        super().__init__(steps)
        self._run = run

    def found(self, name: str) -> Any:
        """Return the values of a name; raises `KeyError` if not each step has one."""
        if name not in self.later and self._is_of_run(name):
            # A copy: NumPy's functions give other last digits of what stands backward.
            return self._run[name][::-1].copy()
        return super().found(name)

    def put(self) -> None:
        """Put what is computed later into each of the steps, and into those of the run."""
        self._run.put()
        super().put()

    def has(self, name: str) -> bool:
        """Say whether each step has a value of this name, or will have."""
        return self._run.has(name) or super().has(name)

    def _is_of_run(self, name: str) -> bool:
        """Say whether a value is the one that the run has, and was not computed anew."""
        if name in self._run.later:
            return True
        value = self._run.steps[-1].get(name)
        return value is not None and self.steps[0].get(name) is value
