"""Hessian-vector products: the gradients of a run, differentiated once more along a direction.

B. A. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6 (1994).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symlstm.equations.expression import Quantity
from symlstm.equations.system import Equations
from symlstm.errors import CellError
from symlstm.gradients.backpropagate import run_backward
from symlstm.gradients.derivatives import Derivatives, NetworkDerivatives, from_the_top
from symlstm.gradients.direction import Direction, of_inputs
from symlstm.gradients.seeds import incoming, of_loss
from symlstm.gradients.tangents import TangentSystem, carried, tangent_system
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array, filled
from symlstm.numbers.exact import computed
from symlstm.runs.loss import loss_of
from symlstm.runs.merging import apart, merged
from symlstm.runs.network_trace import NetworkTrace
from symlstm.runs.trace import Trace


@dataclass(frozen=True, eq=False)
class HessianVectorProduct(Derivatives):
    """What a Hessian makes of a direction; made by `Gradients.hessian_vector_product`.

    It is how fast each of the gradients changes: ``product["W_i"]``, ``product.kernel``,
    ``product.inputs`` and ``product[t].c`` as `Gradients` have them.
    """

    adjoints: Trace[Any]
    system: TangentSystem = field(repr=False)
    what = "product"

    @property
    def layers(self) -> tuple[HessianVectorProduct, ...]:
        """The product, as that of the only layer of a network."""
        return (self,)

    def held(self, quantity: Quantity) -> Quantity:
        """Return the tangent of the gradient by a quantity."""
        return self.system.held(quantity)

    @property
    def equations(self) -> Equations:
        """The equations that were run backward: the tangents of the adjoint equations."""
        return Equations(self.system.step)

    @property
    def tangent_equations(self) -> Equations:
        """The equations that were run forward: the tangents of the cell's."""
        return Equations(self.system.forward)

    def __repr__(self) -> str:
        return f"HessianVectorProduct of {self.adjoints!r}"


@dataclass(frozen=True, eq=False)
class NetworkHessianVectorProduct(NetworkDerivatives[HessianVectorProduct], Shown):
    """What the Hessian of a network makes of a direction; ``layers[k]`` has that of a layer."""

    levels: Sequence[Sequence[HessianVectorProduct]]


def of_a_run(asked: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return what gradients were asked for by; raises `CellError` for those of a part of a run."""
    if asked is None:
        message = "these gradients are of a part of a run, such as a layer in a network; ask those "
        message += "that backward() of the whole returns for a product with the Hessian"
        raise CellError(message)
    return asked


def product(
    trace: Trace[Any], seeded: Sequence[str], asked: Mapping[str, Any], direction: Direction
) -> HessianVectorProduct:
    """Return the product for a trace with adjoints, whose seeds were by the values ``seeded``."""
    loss, _ = of_loss(asked)
    moving = () if loss is None else (trace.cell.output.name,)
    system = _system(trace, seeded, direction, moving)
    moved = carried(trace, direction, system)
    changes: dict[str, Array] = {}
    if loss is not None:
        output = system.tangents.of(trace.cell.output).name
        sent = loss_of(moved, loss.goal).seeds(moved.shown(output))
        changes = incoming(moved, {"grad_sequence": sent}, computed)
    return HessianVectorProduct(run_backward(moved, changes, system.backward), system)


def _system(
    trace: Trace[Any], seeded: Sequence[str], direction: Direction, moving: tuple[str, ...]
) -> TangentSystem:
    every = tuple(dict.fromkeys((*seeded, *moving)))
    return tangent_system(trace.cell, every, direction.varied, moving)


def network_product(
    trace: NetworkTrace,
    seeded: Sequence[Sequence[str]],
    by_outputs: Sequence[Array | None],
    asked: Mapping[str, Any],
    directions: Sequence[Direction],
) -> NetworkHessianVectorProduct:
    """Return the product for the traces of layers with adjoints.

    ``seeded`` are the names of the values of each layer to which a gradient comes, and
    ``by_outputs`` the gradients by the outputs of each level.
    """
    loss, _ = of_loss(asked)
    moved = _forward(trace, seeded, by_outputs, directions)
    traces = [one.adjoints for level in moved for one in level]
    systems = [one.system for level in moved for one in level]
    outputs = [[_output(one) for one in level] for level in moved]

    def parted(number: int, above: Any, *, last: bool) -> Sequence[Array | None]:
        level, gradient = [one.adjoints for one in moved[number]], by_outputs[number]
        if gradient is None:
            return [None] * len(level)
        tangent = filled(0, np.shape(gradient)) if above is None else above
        names = outputs[number]
        return apart(level, gradient, trace.merge, last=last, tangent=tangent, tangents=names)

    def of_layer(number: int, part: Array | None, *, last: bool) -> HessianVectorProduct:
        layer, changes = traces[number], dict[str, Array]()
        if part is not None:
            changes = incoming(layer, by_outputs_of(layer, part, last=last), computed)
        run = run_backward(layer, changes, systems[number].backward)
        return HessianVectorProduct(run, systems[number])

    top: Array | None = None
    if loss is not None:
        top = loss_of(trace, loss.goal).seeds(
            merged([one.adjoints for one in moved[-1]], trace.merge, tangents=outputs[-1])
        )
    levels, _ = from_the_top(trace, top, parted, of_layer)
    return NetworkHessianVectorProduct(levels)


def by_outputs_of(layer: Trace[Any], gradient: Array, *, last: bool) -> dict[str, Any]:
    """Return a gradient by a layer's outputs as an argument of a backward pass.

    It is by the ``last`` output alone below a head that has seen no others.
    """
    if last:
        return {"seeds": {layer.cell.output.name: {len(layer): gradient[..., 0, :]}}}
    return {"grad_sequence": gradient}


def _output(one: HessianVectorProduct) -> str:
    return one.system.tangents.of(one.cell.output).name


def _forward(
    trace: NetworkTrace,
    seeded: Sequence[Sequence[str]],
    by_outputs: Sequence[Array | None],
    directions: Sequence[Direction],
) -> list[list[HessianVectorProduct]]:
    """Return each layer's trace with its tangents, each level moved by those of the one below."""
    levels: list[list[HessianVectorProduct]] = []
    each = iter(zip(directions, seeded, strict=True))
    for number, level in enumerate(trace.levels):
        below = levels[-1] if levels else []
        if below:
            last = number - 1 == trace.ends_at
            changes = merged(
                [one.adjoints for one in below],
                trace.merge,
                last=last,
                tangents=[_output(one) for one in below],
            )
        levels.append([])
        for layer in level:
            direction, names = next(each)
            direction = of_inputs(layer, direction, changes) if below else direction
            moving = () if by_outputs[number] is None else (layer.cell.output.name,)
            system = _system(layer, names, direction, moving)
            levels[-1].append(HessianVectorProduct(carried(layer, direction, system), system))
    return levels
