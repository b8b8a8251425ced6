"""The way through an audit: an implementation against the true values, case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from symlstm.auditing.agreement import agreement
from symlstm.auditing.cases import Cases, cases_of
from symlstm.auditing.engine import results
from symlstm.auditing.findings import Audit
from symlstm.auditing.implementation import Implementation, apart, computed, implementation_of
from symlstm.auditing.measure import Task, measure
from symlstm.auditing.packing import digest, is_of_script, packed
from symlstm.auditing.pool import pool
from symlstm.auditing.progress import bar
from symlstm.auditing.record import Record, opened
from symlstm.auditing.result import Result, comes_to_the_same
from symlstm.auditing.several import several
from symlstm.auditing.summary import first_unexplained
from symlstm.errors import OutputError


def audit(
    implementation: Any,
    inputs: Any = None,
    *,
    layer: Any = None,
    cases: int = 20,
    steps: int = 10,
    batch: int = 1,
    seed: int = 0,
    gradients: bool | None = None,
    initial_state: bool = False,
    dtype: str | None = None,
    node: str | None = None,
    weights: Mapping[str, Any] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    scheduler: str | None = None,
    record: str | Path | None = None,
    progress: bool = False,
) -> Audit:
    """Run an implementation and the true values on the same numbers; say how far it is off.

    ``implementation`` is what `implementation_of` takes: a layer of PyTorch or Keras, an ONNX model
    or its path (with the ``node`` and ``weights`` that `from_onnx` takes), a function of the inputs
    together with the ``layer`` that it should compute and its ``dtype``, or an `Implementation`.
    A function returns the output over time, ``(out, state_h, state_c)``, or a mapping by name; with
    ``initial_state``, it is called with the inputs and ``[h, c]``. A list of several is audited
    side by side, ``audit([module, "m.onnx"])``, where all have the same weights: true values are
    computed once, and ``found.implementations`` has what was found of each.

    Every output is judged, as by `symlstm.testing.judge`: ``found.verdict`` is the worst verdict,
    and ``found.summary`` has that of each output, beside its errors.

    ``inputs`` has shape (batch, T, input_dim), or (cases, batch, T, input_dim) for several cases.
    Without, there are ``cases`` random ones of ``batch`` sequences and ``steps`` steps, distributed
    normally; they depend on ``seed`` alone. With ``initial_state``, they begin with random states,
    too. Gradients are compared for an implementation that gives any, unless ``gradients=False``.

    The implementation runs in this process, PyTorch on one thread. The true values are computed in
    ``workers`` processes, one for each processor if not said; on any ``executor``; or on the Dask
    cluster with a ``scheduler`` (``"tcp://..."``). ``record`` names a JSON file that has every case
    as soon as it is done; an audit that was interrupted goes on from it. ``progress`` shows a bar.

    Raises `SymlstmError` for what does not fit together, a record that was damaged, and workers
    that die again and again. A true value that no precision decides is in the summary as such.

    >>> import numpy as np
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1, use_bias=False).bind(kernel=1, recurrent_kernel=0)
    >>> def first_step(x):
    ...     gate = 1 / (1 + np.exp(-x))
    ...     return gate * np.tanh(gate * np.tanh(x))
    >>> with ThreadPoolExecutor(1) as executor:
    ...     found = audit(first_step, layer=layer, steps=1, executor=executor)
    >>> found.worst < 20, found.verdict
    (True, 'right')
    >>> out = found.summary["sequence_out"]
    >>> out.verdict, out.errors.absolute < 1e-7, out.errors.norm < 1e-7
    ('right', True, True)
    """
    make = several if isinstance(implementation, list | tuple) else implementation_of
    audited = make(implementation, layer=layer, dtype=dtype, node=node, weights=weights)
    chosen = cases_of(
        audited,
        inputs,
        cases=cases,
        steps=steps,
        batch=batch,
        seed=seed,
        initial_state=initial_state,
        gradients=gradients,
    )
    about = {
        "implementation": audited.name,
        "dtype": audited.dtype,
        "layer": digest(audited.layer),
        **chosen.fingerprint,
    }
    with (
        _store(record, about) as store,
        pool(workers, executor, scheduler, script=is_of_script(packed(audited.layer))) as workplace,
        _shown(progress, chosen.count) as show,
    ):
        known = {k: result for k, result in store.results.items() if k in range(chosen.count)}
        _validate_recorded(audited, chosen, known, record)
        show(known.values())
        missing = (k for k in range(chosen.count) if k not in known)
        with closing(results(measure, _tasks(audited, chosen, missing), workplace)) as stream:
            for task, result in stream:
                store.append(result)
                known[task.case.number] = result
                show([result])
    found = Audit(about, tuple(known[k] for k in sorted(known)))
    return replace(found, agreements=dict(_agreements(found, audited, chosen)))


def _agreements(found: Audit, audited: Implementation, cases: Cases) -> Iterator[tuple[str, str]]:
    """Yield with which mistake an implementation agrees that is not explained, if one is found."""
    for prefix, outputs in apart(found.summary).items():
        number = first_unexplained(outputs.values())
        if number is not None:
            (task,) = _tasks(audited, cases, iter([number]))
            words = agreement(task, prefix)
            if words:
                yield prefix, words


def _validate_recorded(
    audited: Implementation, cases: Cases, known: Mapping[int, Result], record: str | Path | None
) -> None:
    """Raise `OutputError` if a case that is recorded does not come to the same again.

    Nothing else tells that an implementation has been changed under the same name.
    """
    for number in sorted(known)[:1]:
        (task,) = _tasks(audited, cases, iter([number]))
        if not comes_to_the_same(measure(task), known[number]):
            raise OutputError(
                f"{record}: is the record of another implementation: case {number} comes to other "
                "numbers now; give another file, or remove this one"
            )


def _tasks(audited: Implementation, cases: Cases, numbers: Iterator[int]) -> Iterator[Task]:
    """Yield what workers get: each case with what the implementation makes of it."""
    layer = packed(audited.layer)
    for number in numbers:
        case = cases[number]
        actual = computed(audited, case.inputs, case.initial_state, case.grad_sequence)
        yield Task(case, layer, audited.dtype, actual)


class _Memory:
    """What keeps results when there is no record."""

    def __init__(self) -> None:
        self.results: dict[int, Result] = {}

    def append(self, result: Result) -> None:
        """Keep nothing: who asked has it."""


def _store(
    record: str | Path | None, about: Mapping[str, Any]
) -> AbstractContextManager[Record | _Memory]:
    return nullcontext(_Memory()) if record is None else closing(opened(Path(record), about))


def _shown(
    progress: bool, total: int
) -> AbstractContextManager[Callable[[Iterable[Result]], None]]:
    if not progress:
        return nullcontext(lambda _: None)
    return bar(total)
