"""Values of a run over time: of each name one array, with an axis for the steps in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class OverTime(dict[str, Any]):
    """The values at some steps by name, each put into one array when it is asked for."""

    def __init__(self, steps: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.steps = steps

    def __missing__(self, name: str) -> Any:
        each = [values[name] for values in self.steps]
        self[name] = np.concatenate(each).reshape(len(each), *each[0].shape)
        return self[name]

    def __reduce__(self) -> Any:
        return type(self), (self.steps,)


class Backwards(OverTime):
    """The values at some steps, some of which are those over time of a run, from its end."""

    def __init__(self, steps: Sequence[Mapping[str, Any]], run: OverTime) -> None:
        super().__init__(steps)
        self._run = run

    def __missing__(self, name: str) -> Any:
        if name not in self._run.steps[0]:
            return super().__missing__(name)
        # A copy in this order: NumPy's functions give other last digits of what stands backward.
        self[name] = self._run[name][::-1].copy()
        return self[name]
