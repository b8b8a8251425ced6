"""What can be run: a layer, or a network of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symlstm.algebras import algebra_named
from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.algebras.exact import ExactAlgebra
from symlstm.algebras.floating import FloatAlgebra
from symlstm.errors import CellError, SymlstmError
from symlstm.notation.showing import Shown
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import shown, whole_number
from symlstm.numbers.places import Places
from symlstm.runs.certify import certified_trace
from symlstm.runs.given import Given
from symlstm.runs.kept import Memory
from symlstm.runs.loss import GivenToLoss, RunLoss
from symlstm.runs.reference import Reference, reference
from symlstm.runs.targets import Goal

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis

USUAL_DIGITS = 30
"""Balls of up to so many digits all take the same time; those of more, more than in proportion."""


class Runnable(Shown, ABC):
    """Something that takes inputs and initial states, in shapes that its ``run`` tells."""

    _memory: Memory

    @abstractmethod
    def given(
        self,
        inputs: Any,
        initial_state: Sequence[Any] | None,
        mask: Any,
        sequence_lens: Any,
        *,
        stateful: bool = False,
    ) -> Given:
        """Return the numbers of a run; the arguments are those of ``run``."""

    def reset_state(self) -> None:
        """Forget the states that stateful runs have kept.

        Runs in balls and references keep what all of them were given, from which the true states
        follow: that is forgotten, too.
        """
        self._memory.clear()

    def loss(
        self,
        inputs: Any,
        targets: Any,
        *,
        loss: Any = "mean_squared_error",
        from_logits: bool = False,
        reduction: str | None = None,
        initial_state: Sequence[Any] | None = None,
        mask: Any = None,
        sequence_lens: Any = None,
        algebra: str = "exact",
        digits: int | None = None,
    ) -> RunLoss:
        """Run, and return the loss of the outputs, as a number of the algebra; see ``run``.

        ``targets`` has one for each output, in their shape, or for each last one, without the axis
        of time; of classes, their numbers from 0 will do. ``loss`` is a name in
        ``symlstm.losses.LOSSES`` or a `symlstm.losses.Loss`; ``from_logits`` is for outputs that
        are probabilities only after a sigmoid or a softmax; one of Keras or PyTorch is given as
        ``**symlstm.loss_options(loss)``. Losses are averaged over the steps and sequences, or added
        up with ``reduction="sum"``, as Keras has it, or, with ``"sum_over_units"``, as PyTorch's
        ``"sum"`` adds them up: those of all units as well, of which the loss of a step is else the
        mean. Those of half the squared errors are added up over steps in either case. Steps that a
        mask leaves out do not count.
        ``loss(...).backward()`` has the gradients.

        Raises `ShapeError` or `SymlstmError` for what does not fit, and what ``run`` raises.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> layer = cell.bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> loss = layer.loss([1, 1, 1], [0, 10, 3211])
        >>> loss.value, loss.backward().inputs
        (5/3, array([230/3, 64/3, 0], dtype=object))
        """
        goal = Goal.of(targets, loss, from_logits=from_logits, reduction=reduction)
        given = self.given(inputs, initial_state, mask, sequence_lens)
        made: RunLoss = traced(
            GivenToLoss(given, goal),
            algebra,
            digits=digits,
            decimals=None,
            rounding=None,
            max_digits=None,
        )
        return made

    def reference(
        self,
        inputs: Any,
        *,
        dtype: str = "float32",
        initial_state: Sequence[Any] | None = None,
        stateful: bool = False,
        mask: Any = None,
        sequence_lens: Any = None,
    ) -> Reference:
        """Return the floats nearest to the true outputs, states and gradients, proven.

        ``inputs`` and the others are as in ``run``; the weights, inputs and states are taken as the
        numbers that they are, with nothing rounded. ``dtype`` is ``"float64"``,
        ``"float32"``, ``"float16"`` or ``"bfloat16"`` (in a float32 array). Each number is worked
        out when it is asked for; one that cannot be decided raises `PrecisionError`. With
        ``stateful=True`` it starts from the true states in which the last stateful run or reference
        ended, and keeps its own. ``reference.layers[k]`` has the values of a layer.

        >>> from symlstm import LSTM
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> reference = layer.reference([1, 1], dtype="float32")
        >>> reference.sequence_out
        array([0.3696..., 0.6505...], dtype=float32)
        >>> pieces = [layer.reference([1], stateful=True) for _ in range(2)]
        >>> bool(pieces[1].sequence_out[0] == reference.sequence_out[1])
        True
        """
        given = self.given(inputs, initial_state, mask, sequence_lens, stateful=stateful)
        made = reference(given, dtype)
        if stateful:
            self._memory.keep_true(given)
        return made

    def diagnose(self, inputs: Any, actual: Any = None, **options: Any) -> Diagnosis:
        """Return which mistake explains an implementation's numbers; see `symlstm.diagnose`.

        >>> from symlstm import SimpleRNN
        >>> layer = SimpleRNN(units=1).bind(kernel=1, recurrent_kernel=1, bias=1)
        >>> wrong = SimpleRNN(units=1).bind(kernel=1, recurrent_kernel=1, bias=2)
        >>> layer.diagnose([1, 2], wrong.reference([1, 2]).sequence_out).best.faults
        (Fault('bias-doubled'),)
        """
        from symlstm.diagnosis.diagnosis import diagnose

        return diagnose(self, inputs, actual, **options)


def validate_stateful(stateful: object) -> None:
    """Raise `CellError` for what is no truth value."""
    if not isinstance(stateful, bool):
        message = f"stateful is {shown(stateful)}; give True or False"
        raise CellError(message, argument="stateful")


def traced(
    given: Given,
    algebra: str,
    *,
    digits: int | None,
    decimals: int | None,
    rounding: str | None,
    max_digits: int | None,
) -> Any:
    """Return the trace of a run in the algebra of a name; `Layer.run` says what each setting means.

    Raises `TooLargeError` for what would cost too much.
    """
    kind = algebra_named(algebra)
    afford_multiplications(given, kind)
    if issubclass(kind, DecimalAlgebra):
        places = Places(digits, decimals, "half_up" if rounding is None else rounding)
        return _in_decimals(given, places, max_digits)
    for argument, value in (("decimals", decimals), ("rounding", rounding)):
        if value is not None:
            message = f"{argument} is for algebra='decimal', and algebra is {algebra!r}"
            raise SymlstmError(f"{message}; leave it out, or choose 'decimal'", argument=argument)
    if issubclass(kind, CertifiedAlgebra):
        return _in_balls(given, USUAL_DIGITS if digits is None else digits)
    if issubclass(kind, ExactAlgebra):
        afford_exact(given)
        if max_digits is not None:
            return given.run(ExactAlgebra(whole_number(max_digits, argument="max_digits")))
    return given.run(kind())


def afford_multiplications(given: Given, kind: type[Algebra[Any]]) -> None:
    """Raise `TooLargeError` for a run in a kind of algebra that would take too long."""
    limit = "float_operations" if issubclass(kind, FloatAlgebra) else "operations"
    afford(limit, given.multiplications, what="inputs, with these weights", argument="inputs")


def afford_exact(given: Given) -> None:
    """Raise `TooLargeError` for a run of more exact values than there may be."""
    afford("exact_values", given.values, what="inputs of so many steps", argument="inputs")


def afford_certified(given: Given, digits: Any, runs: int = 1) -> int:
    """Return how many digits are asked for; raise for so many runs that take too long in balls."""
    digits = whole_number(digits, argument="digits")
    what = f"digits is {written(digits)}"
    afford("certified_digits", digits, what=what, argument="digits")
    _afford_balls(given, digits, what, runs)
    return digits


def _in_balls(given: Given, digits: int) -> Any:
    digits = afford_certified(given, digits)
    return certified_trace(given.numbers, given.run, digits)


def _in_decimals(given: Given, places: Places, max_digits: int | None) -> Any:
    _afford_balls(given, places.count, f"a run in {places}")
    if max_digits is None:
        return given.run(DecimalAlgebra(places))
    return given.run(DecimalAlgebra(places, whole_number(max_digits, argument="max_digits")))


def _afford_balls(given: Given, digits: int, what: str, runs: int = 1) -> None:
    weighed = round(runs * given.values * max(1.0, digits / USUAL_DIGITS) ** 1.5)
    afford("ball_operations", weighed, what=f"{what}, with these inputs", argument="digits")
