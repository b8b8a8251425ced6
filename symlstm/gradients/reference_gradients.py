"""References of gradients: the floats nearest to the true ones, proven."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from symlstm.gradients import gradients, network_gradients
from symlstm.gradients.direction import direction_of, directions_of
from symlstm.gradients.gradients import Gradients
from symlstm.runs.attempts import Rounded
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.reference import Reference
from symlstm.runs.stacked import Stacked
from symlstm.runs.states import are_alike


@dataclass(frozen=True, eq=False, repr=False)
class ReferenceGradients(Rounded, Stacked):
    """The true gradients of a run, each rounded once; made by `Reference.backward`.

    ``gradients["W_i"]`` is that by a weight, ``gradients["kernel"]`` by a stacked group, and
    ``gradients["c"]`` by a value over time, as in `Gradients`.
    """

    def __getitem__(self, name: str) -> Any:
        return self.nearest(lambda gradients: gradients[name], f"the gradient by {name}")

    def stacked(self, group: str) -> Any:
        """Return the gradient by a group of weights; see `Stacked`."""
        return self[group]

    def hessian_vector_product(
        self, direction: Any = None, *, inputs: Any = None, initial_state: Any = None
    ) -> ReferenceGradients:
        """Return the references of what the Hessian of the loss makes of a direction.

        They are asked for as gradients are; see `Gradients.hessian_vector_product` and, for a
        network, `NetworkGradients.hessian_vector_product`.

        >>> from symlstm import LSTM
        >>> layer = LSTM(units=1).bind(kernel=1, recurrent_kernel=1, bias=0)
        >>> gradients = layer.reference([1, 1], dtype="float32").backward()
        >>> gradients.hessian_vector_product({"kernel": 1}).inputs
        array([-0.15402..., -0.06773...], dtype=float32)
        """
        given = direction, inputs, initial_state
        attempts = self.attempts.then(partial(_along, self.layer, given))
        attempts.result()  # what does not fit is an error here
        return ReferenceGradients(attempts, self.dtype, self.cells, self.layer)

    @property
    def inputs(self) -> Any:
        """The gradient by the inputs, in their shape."""
        return self.nearest(lambda gradients: gradients.inputs, "the gradient by the inputs")

    @property
    def initial_state(self) -> list[Any]:
        """The gradients by the initial states, in the order of ``initial_state=[h, c]``."""
        if not are_alike(self.cells):
            return [layer.initial_state for layer in self.layers if layer.cell.states]
        cell = next((cell for cell in self.cells if cell.states), self.cell)
        return [self._initial(k, state) for k, state in enumerate(cell.states)]

    def _initial(self, k: int, state: str) -> Any:
        return self.nearest(
            lambda gradients: gradients.initial_state[k], f"the gradient by {state}_0"
        )


def reference_gradients(reference: Reference, **seeds: Any) -> ReferenceGradients:
    """Return the references of the gradients of a run; see `Reference.backward`."""
    attempts = reference.attempts.then(partial(_differentiated, reference.layer, seeds))
    attempts.result()  # what does not fit is an error here
    return ReferenceGradients(attempts, reference.dtype, reference.cells)


def _along(layer: int | None, direction: tuple[Any, Any, Any], found: Any) -> Any:
    """Return the product for gradients, as their own algebra has it."""
    part = found if layer is None else found.layers[layer]
    read = direction_of if isinstance(part, Gradients) else directions_of
    return part.product_along(read(part.adjoints, *direction))


def _differentiated(layer: int | None, seeds: dict[str, Any], trace: Any) -> Any:
    """Return the gradients of a run, or of one layer in it, as its own algebra has them."""
    if isinstance(trace, NetworkTrace) and layer is None:
        return network_gradients.differentiated(trace, **seeds)
    return gradients.differentiated(trace.layers[layer or 0], **seeds)
