"""For test suites: assert that an implementation's numbers are right, or near enough."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import partial
from numbers import Real
from typing import Any

from symlstm.diagnosis.suspicion import suspected
from symlstm.errors import SymlstmError
from symlstm.judging.arranged import explaining
from symlstm.judging.deviation import WIDTH, report
from symlstm.judging.expected import ReferenceValues, expected
from symlstm.judging.fitting import by_name, deviations
from symlstm.judging.judge import judge
from symlstm.judging.on_the_cell import on_the_cell

OF = ("each", "largest")
"""Of which number an ulp is counted: of each, or of the largest of an array."""


def assert_right(actual: Any, reference: Any, *, dtype: str | None = None) -> None:
    """Fail unless rounding explains every difference from the true values.

    ``reference`` is what `Layer.reference` or `Network.reference` returns, or its ``backward``;
    ``actual`` an implementation's numbers, as `assert_ulp` takes them, or a mapping from names to
    gradients. There is no tolerance to choose: see `symlstm.testing.judge`, whose sentence the
    `AssertionError` is. Raises `SymlstmError` for what cannot be compared.

    >>> import numpy as np
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> reference = layer.reference([1, 1, 1], dtype="float32")
    >>> assert_right(np.float32([0.36960635, 0.6505352, 0.78876585]), reference)
    >>> assert_right({"bias": reference.backward().bias}, reference.backward())
    """
    __tracebackhide__ = True
    try:
        verdict = judge(actual, reference, dtype=dtype)
    except SymlstmError as error:
        raise error.with_traceback(None) from None  # its message says it all
    if verdict.verdict != "right":
        raise AssertionError(f"{verdict}{_agreement(verdict.verdict, actual, reference)}")


def _agreement(verdict: str, actual: Any, reference: Any) -> str:
    """Return the mistake that explains what rounding does not, if one does, to be said below."""
    words = suspected(actual, reference) if verdict == "unexplained" else ""
    return f"\n\n{textwrap.fill(words, WIDTH)}" if words else ""


def assert_ulp(
    actual: Any, reference: Any, *, max_ulp: float, dtype: str | None = None, of: str = "each"
) -> None:
    """Fail unless every number is within ``max_ulp`` floats of its reference.

    ``reference`` is what `Layer.reference` returns, or the output over time as an array, or a
    mapping from names to arrays. ``actual`` is the output over time, of shape (batch, T, units), or
    without the batch; a tuple as frameworks return it, ``(out, state_h, state_c)`` or
    ``(out, (h, c))``; or a mapping from names to arrays: ``sequence_out``, ``state_h``,
    ``state_c``, and any value over time (``i``, ``f``, ``c_tilde``, ``o``, ``c``, ``h``, ``z_i``,
    ...). A first axis of length one that the reference does not have is left out. The states of a
    network's layers are told side by side; ``"level 2, backward, c"`` is a value of one of them, as
    reports call it, and so is ``layers[3].c``, which is ``reference.layers[3]["c"]``: over time in
    the order of processing. Of gradients, ``actual`` is a mapping, from weights (``W_f``,
    ``kernel``), ``inputs`` and values over time.
    ``dtype`` is for arrays of float32 that hold bfloat16 numbers; else it is that of the reference.

    Distances are those of `symlstm.numbers.ulps`. Near zero they are large for a small error; with
    ``of="largest"``, all numbers of an array are counted in ulps of its largest reference.

    The `AssertionError` says what went wrong first, in time and then in the cell's order of
    computation, or in which other layout the numbers agree. Raises `SymlstmError` for what cannot
    be compared.

    >>> import numpy as np
    >>> from symlstm import LSTM
    >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
    >>> out = np.float32([0.36960635, 0.6505352, 0.78876585])
    >>> assert_ulp(out, layer.reference([1, 1, 1], dtype="float32"), max_ulp=1)
    """
    __tracebackhide__ = True
    if not isinstance(max_ulp, Real) or not max_ulp >= 0:
        raise SymlstmError(f"max_ulp is {max_ulp!r}; give zero or more", argument="max_ulp")
    if of not in OF:
        raise SymlstmError(f"of is {of!r}; give 'each' or 'largest'", argument="of")
    try:
        true = expected(reference, dtype)
        found = deviations(by_name(actual, true), true, of_largest=of == "largest")
    except SymlstmError as error:
        raise error.with_traceback(None) from None
    if any(deviation.beyond(max_ulp) for deviation in found):
        message = report(found, max_ulp, true.dtype)
        layout = explaining(found, true, partial(_is_near, true, max_ulp, of))
        agrees = f"\n\nIt agrees {layout.sentence}." if layout else ""
        agrees = agrees or _agreement("unexplained", actual, reference)
        cell = "" if layout else on_the_cell(found, max_ulp, true)
        raise AssertionError(f"{message}{cell}{agrees}")


def _is_near(true: ReferenceValues, max_ulp: float, of: str, given: Mapping[str, Any]) -> bool:
    found = deviations(given, true, of_largest=of == "largest")
    return not any(deviation.beyond(max_ulp) for deviation in found)
