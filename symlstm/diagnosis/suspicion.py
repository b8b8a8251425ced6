"""What is said beside a failure: the mistake that explains it, where one does."""

from __future__ import annotations

from typing import Any

from symlstm.diagnosis.explain import proven_of
from symlstm.diagnosis.given import setup_of_given
from symlstm.diagnosis.mistakes.hypotheses import hypotheses
from symlstm.diagnosis.prove import proven
from symlstm.diagnosis.screening.observed import observed
from symlstm.diagnosis.screening.search import close, measured, singles
from symlstm.errors import SymlstmError
from symlstm.numbers.ulps import counted
from symlstm.runs.reference import Reference

MOST = 300_000
"""A run that multiplies more numbers than this takes too long for a word beside a failure."""


def suspected(actual: Any, reference: Any) -> str:
    """Return what an implementation agrees with, in a sentence; nothing, where nothing is found.

    ``actual`` is what it gave, as `symlstm.testing.assert_right` takes it. Single mistakes are
    tried, in a second or two: of a long run, of gradients and of what is no reference, none.

    >>> from symlstm import LSTM
    >>> cell = LSTM(units=1)
    >>> layer = cell.bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=1, bias=0)
    >>> wrong = cell.bind(kernel=[[1, 2, 3, 4]], recurrent_kernel=1, bias=[0, 1, 0, 0])
    >>> actual = wrong.reference([1, 1, 1]).sequence_out
    >>> suspected(actual, layer.reference([1, 1, 1]))
    'It agrees, to 0 ulps, with a layer in which 1 is added to b_f, as where a program adds ...'
    """
    if not isinstance(reference, Reference) or reference.attempts.cost > MOST:
        return ""
    given = reference.of_layer(reference.attempts.result()).given
    if given.before is not None:
        return ""
    try:
        seen, exact = observed(actual, reference, reference.dtype), setup_of_given(given)
        setup = exact.in_floats()
        near = close(measured(singles(setup, hypotheses(setup)), seen), seen)
        right = proven((), exact, seen)
        found = [] if right is None or right.is_right else proven_of(exact, seen, near)
    except SymlstmError:  # what cannot be tried explains nothing
        return ""
    if right is not None and right.fits:  # as what cannot show does, then
        found = [one for one in found if one.is_right]
    if not found:
        return ""
    return f"It agrees, to {counted(found[0].ulps)}, with a layer in which {found[0].sentence}."
