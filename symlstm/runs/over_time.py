"""Values of a run over time: of each name one array, with an axis for the steps in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np


class OverTime(dict[str, Any]):
    """The values at some steps by name, each put into one array when it is asked for.

    ``steps`` have the values of each, in rising order. What no step waits for is computed
    ``later``, when it is asked for, and ``put`` into the steps when these are to be whole. Of
    ``helpers``, the steps know nothing.
    """

    def __init__(self, steps: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self.steps = steps
        self.later: dict[str, Callable[[OverTime], Any]] = {}
        self.helpers: dict[str, list[Any]] = {}

    def __missing__(self, name: str) -> Any:
        self[name] = self.found(name)
        return self[name]

    def found(self, name: str) -> Any:
        """Return the values of a name; raises `KeyError` if not each step has one."""
        compute = self.later.get(name)
        if compute is not None:
            return compute(self)
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
        for name in list(self.later):  # another thread may put them, too
            for values, one in zip(self.steps, self[name], strict=True):
                values[name] = one
        self.later.clear()


class Backwards(OverTime):
    """The values at the steps of a run with its gradients; those of the run are known over time.

    What comes ``last`` is computed when the steps are to be whole.
    """

    def __init__(self, steps: Sequence[dict[str, Any]], run: OverTime) -> None:
        super().__init__(steps)
        self._run = run
        self.last: Callable[[], object] | None = None

    def found(self, name: str) -> Any:
        """Return the values of a name; raises `KeyError` if not each step has one."""
        is_known = name not in self.later and self._is_of_run(name)
        return self._run[name] if is_known else super().found(name)

    def put(self) -> None:
        """Put what is computed later into each of the steps, and compute what comes last."""
        super().put()
        last = self.last
        if last is not None:
            last()
            self.last = None

    def _is_of_run(self, name: str) -> bool:
        """Say whether a value is the one that the run has, and was not computed anew."""
        value = self._run.steps[0].get(name)
        return value is not None and self.steps[0].get(name) is value
