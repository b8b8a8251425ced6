"""Whether rounding explains what an implementation's numbers are off by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from symlstm.errors import SymlstmError
from symlstm.judging.arranged import explaining
from symlstm.judging.expected import ReferenceValues, expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.judging.on_the_cell import equation_of
from symlstm.judging.trials import LOOSEST, Trial, Trials
from symlstm.judging.verdict import Verdict, kind_of
from symlstm.runs.attempts import Rounded


def judge(actual: Any, reference: Any, *, dtype: str | None = None) -> Verdict:
    """Say whether an implementation's numbers are right, approximated, or not explained.

    The arguments are those of `symlstm.testing.assert_right`. Numbers are right when rounding in
    their format explains every difference from the true values: a run of the same equations, with
    sums in any order, fused or not, and activation functions within 4 ulps, may be as far off. That
    is a bound, from a running error analysis of this very run; each output over time is held
    against what follows in one step from the outputs before it, so that the bound does not grow
    with the sequence. They are approximated when activation functions that are off by more ulps
    would explain them, up to 2^30, if by no more than 32 times what 1 is rounded by. Of numbers
    that are not explained, it is tried whether they are in another layout.

    Raises `SymlstmError` for what cannot be compared.

    >>> import numpy as np
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> reference = layer.reference([1, 1, 1], dtype="float32")
    >>> judge(np.float32([0.36960635, 0.6505, 0.78876585]), reference).first.place
    'step 2, unit 0'
    """
    if not isinstance(reference, Rounded):
        kind = type(reference).__name__
        message = f"reference is a {kind}, of which nobody knows how it was computed; give"
        message = f"{message} layer.reference(inputs), or its backward(), or use assert_ulp"
        raise SymlstmError(message, argument="reference")
    true = expected(reference, dtype)
    trials = Trials(deviations(by_name(actual, true), true), true)
    strict, ulps = trials.trial(), trials.enough(_explained)
    first = strict.first
    if first is not None:
        first = replace(first, equation=equation_of(true.spoken[first.name], true))
    coarser = None if ulps else trials.coarser(_explained)
    put_right = None
    if ulps is None and coarser is None:
        put_right = explaining(trials.deviations, true, partial(_is_explained, true))
    return Verdict(kind_of(ulps), true.dtype, first, strict.worst, ulps, coarser, put_right)


def _explained(trial: Trial) -> bool:
    return trial.explained


def _is_explained(true: ReferenceValues, given: Mapping[str, Any]) -> bool:
    """Whether rounding, or activation functions that are off, explain some numbers."""
    return Trials(deviations(given, true), true).trial(2.0**LOOSEST).explained
