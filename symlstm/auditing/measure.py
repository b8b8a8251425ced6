"""What a worker does: the true values of one case, and how far an implementation is from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.auditing.cases import Case
from symlstm.auditing.implementation import GRADIENT, Arrays, apart
from symlstm.auditing.packing import unpacked
from symlstm.auditing.statistics import statistics
from symlstm.errors import PrecisionError, ShapeError, SymlstmError
from symlstm.judging.apart import Compared, judged_apart
from symlstm.judging.expected import ReferenceValues, expected
from symlstm.judging.fitting import in_steps
from symlstm.numbers.remembered import cached_property
from symlstm.numbers.ulps import ulp_distance

_PART = re.compile(r"([a-z]\w*)((?:\[\d+\])*)")
_INITIAL = re.compile(r"initial_state\[(\d+)\]$")


@dataclass(frozen=True, eq=False)
class Task:
    """What a worker needs: plain arrays, and the layer packed once for all cases."""

    case: Case
    layer: bytes
    dtype: str
    actual: Arrays


def reference_of(task: Task) -> Any:
    """Return the true values of a case, worked out when they are asked for."""
    case, layer = task.case, unpacked(task.layer)
    return layer.reference(case.inputs, dtype=task.dtype, initial_state=case.initial_state)


def measure(task: Task) -> dict[str, Any]:
    """Return the statistics of a case, by output, in what JSON can hold."""
    case, reference = task.case, reference_of(task)
    truths = {"": Truth(reference)}
    if case.grad_sequence is not None:
        truths[GRADIENT] = Truth(reference.backward(grad_sequence=case.grad_sequence))
    outputs: dict[str, Any] = {}
    for prefix, arrays in apart(task.actual).items():
        for kind, truth in truths.items():
            given = {n: a for n, a in arrays.items() if n.startswith(GRADIENT) == bool(kind)}
            found = _measured(given, truth, kind)
            outputs |= {prefix + name: one for name, one in found.items()}
    return {"case": case.number, "outputs": {name: outputs[name] for name in task.actual}}


def _measured(given: Arrays, truth: Truth, kind: str) -> dict[str, Any]:
    """Return how far outputs are off, or that nobody can tell of those that are not decided."""
    found: dict[str, Any] = {}
    compared: dict[str, Compared] = {}
    for name, actual in given.items():
        try:
            reference = truth.value(name.removeprefix(kind))
        except PrecisionError as error:
            found[name] = {"undecided": str(error)}
        else:
            what = truth.true.named.get(name)
            stepped = actual if what is None else in_steps(actual, reference, what)
            compared[name] = _compared(name, stepped, reference, truth.true.dtype)
    spelled = {name: truth.spelled(name.removeprefix(kind)) for name in compared}
    known = {true: compared[name] for name, true in spelled.items() if true in truth.true.order}
    judged = judged_apart(known, truth.true)
    for name, one in compared.items():
        found[name] = statistics(name, *one, judged.get(spelled[name]))
    return found


def _compared(name: str, actual: NDArray[Any], reference: Any, dtype: str) -> Compared:
    if actual.shape != reference.shape:
        raise ShapeError(
            f"the implementation's {name} has shape {actual.shape}, and the reference "
            f"{reference.shape}; give that",
            argument=name,
        )
    return Compared(actual, reference, ulp_distance(actual, reference, dtype))


@dataclass(frozen=True, eq=False)
class Truth:
    """A reference, or its gradients; each of its values is rounded once for all who ask."""

    reference: Any
    _known: dict[str, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def true(self) -> ReferenceValues:
        """What there is to compare with."""
        return expected(self.reference)

    def value(self, path: str) -> NDArray[Any]:
        """Return what a reference calls ``path``: ``"kernel"``, ``"layers[1].state_h"``."""
        if path not in self._known:
            self._known[path] = np.asarray(_value(self.reference, path))
        return self._known[path]

    def spelled(self, path: str) -> str:
        """Return the name under which a value is compared: by state, where it is by number."""
        states: Mapping[str, Any] = self.reference.cell.states
        return _INITIAL.sub(lambda found: f"initial_state {list(states)[int(found[1])]}", path)


def _value(known: Any, path: str) -> Any:
    value = known
    for part in path.split("."):
        match = _PART.fullmatch(part)
        try:
            value = getattr(value, match[1] if match else "")
            for index in re.findall(r"\d+", match[2] if match else ""):
                value = value[int(index)]
        except (AttributeError, IndexError) as error:
            message = f"the reference has no {path!r}"
            raise SymlstmError(message, argument="implementation") from error
    return value
