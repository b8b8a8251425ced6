"""What the run of a network produced: the traces of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.evaluate import History
from symlstm.errors import CellError
from symlstm.notation.showing import Shown
from symlstm.runs.certify import require_numbers
from symlstm.runs.check import Check, worst_of
from symlstm.runs.distance import Distance, distance
from symlstm.runs.given import Given
from symlstm.runs.loss import HasOutputs, RunLoss
from symlstm.runs.merging import MERGES, as_values, merged
from symlstm.runs.states import last_that_remembers, stacked
from symlstm.runs.trace import Trace

if TYPE_CHECKING:
    from symlstm.gradients.network_gradients import NetworkGradients


@dataclass(frozen=True, eq=False)
class NetworkTrace(HasOutputs, Shown):
    """What a network's run produced; ``layers[k]`` is the `Trace` of a layer.

    Results are those of all layers together, as `Network` says.
    """

    levels: Sequence[Sequence[Trace[Any]]]
    given: Given = field(repr=False)
    merge: str | None = "concat"
    return_sequences: bool = True

    @property
    def layers(self) -> tuple[Trace[Any], ...]:
        """The traces of all layers, level by level."""
        return tuple(trace for level in self.levels for trace in level)

    @property
    def output_name(self) -> str:
        """What its outputs are called: those of layers have names of their own."""
        return "y"

    @property
    def histories(self) -> tuple[History[Any], ...]:
        """Every value of every layer, and what is computed of the outputs of each level."""
        own = [history for trace in self.layers for history in trace.histories]
        if self.merge in MERGES:
            own += [self._merged(level) for level in self.levels if len(level) > 1]
        return tuple(own)

    @property
    def head(self) -> Trace[Any] | None:
        """The trace of the head, if there is one."""
        last = self.layers[-1]
        return None if last.cell.states else last

    @property
    def ends_at(self) -> int | None:
        """The number of the level of which those above see only what it ends with, if there is one.

        It is the last one that remembers.
        """
        return None if self.return_sequences else last_that_remembers(self.levels)

    @property
    def algebra(self) -> Algebra[Any]:
        """The algebra that all layers were run in."""
        return self.layers[0].algebra

    def _merged(self, level: Sequence[Trace[Any]]) -> History[Any]:
        outputs = as_values(level[0].algebra, merged(level, self.merge))
        return {len(self): {"sequence_out": outputs}}

    @property
    def sequence_out(self) -> Any:
        """The outputs of the last level at every step, merged as the network merges them."""
        return merged(self.levels[-1], self.merge)

    @property
    def state_h(self) -> Any:
        """The outputs h of all layers after their last steps."""
        return self._together("state_h")

    @property
    def state_c(self) -> Any:
        """The cell states c of all layers after their last steps."""
        return self._together("state_c")

    def _together(self, name: str) -> Any:
        each = [trace for trace in self.layers if trace.cell.states]
        return stacked([getattr(one, name) for one in each], [one.cell for one in each], name)

    def __getitem__(self, name: str) -> Any:
        raise of_layers(name)

    def __len__(self) -> int:
        return len(self.layers[0])

    def backward(
        self,
        *,
        grad_sequence: Any = None,
        grad_state_h: Any = None,
        grad_state_c: Any = None,
        seeds: Mapping[int, Mapping[str, Any]] | None = None,
        loss: RunLoss | None = None,
    ) -> NetworkGradients:
        """Return the gradients of a loss by everything in the network, as `Trace.backward` does.

        The arguments have the shapes of the network's results; ``seeds`` are those of a layer by
        its number, ``{0: {"c": {3: 1}}}``. Without any, the loss is the sum of the last outputs of
        the last level's layers.
        """
        from symlstm.gradients.network_gradients import network_gradients

        return network_gradients(
            self,
            grad_sequence=grad_sequence,
            grad_state_h=grad_state_h,
            grad_state_c=grad_state_c,
            seeds=seeds,
            loss=loss,
        )

    def check(self) -> Check:
        """Compare every layer with float64, on what it is given; see `Trace.check`.

        The check that is returned is that of the first layer that disagrees, or else of the one
        that is furthest off.
        """
        require_numbers(self.given.numbers, "float64")
        return worst_of(on_numbers(trace).check() for trace in self.layers)

    def distance(self) -> Distance:
        """Return how far the values of a decimal run are from the true ones; see `Trace.distance`.

        ``distance().layers[k]`` has those of a layer, with what its inputs are off by in them.
        """
        return distance(self)


def of_layers(name: str) -> CellError:
    """Return the error for a value that each layer has, and not the network."""
    return CellError(f"a network has no {name!r} of its own; ask one of its layers[k] for it")


def on_numbers(trace: Trace[Any]) -> Trace[Any]:
    """Return a layer's trace on numbers near the balls that the layers below hand on."""
    assert trace.given is not None
    rerun: Trace[Any] = trace.given.near().run(trace.algebra)
    return rerun
