"""The two biases that programs have of a gate: added, or apart where something is between them.

Of the candidate of a GRU, the second one is multiplied by the reset gate: `Cell.parameters` has a
``recurrent_bias`` then. Those of the other gates are terms of one bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symlstm.diagnosis.setup import Numbers, Part

FIRST, SECOND = "bias", "recurrent_bias"
"""The groups of weights."""
Pair = tuple[Numbers, Numbers]


def are_apart(part: Part) -> bool:
    """Say whether some gate of a layer has two biases that are not added."""
    return SECOND in part.cell.groups


def both(part: Part) -> dict[str, Pair]:
    """Return the first and the second bias of each gate, flat: zero where there is no second."""
    found: dict[str, Pair] = {}
    for weight in part.cell.groups[FIRST]:
        gate = weight.name.partition("_")[2]
        terms = part.biases.get(weight.name, ())
        whole = part.weights[weight.name][:, 0]
        second = part.weights.get(_second(part, gate))
        if second is not None:
            found[gate] = whole, second[:, 0]
        else:
            found[gate] = (terms[0], terms[1]) if len(terms) == 2 else (whole, 0 * whole)
    return found


def with_both(part: Part, pairs: Mapping[str, Pair]) -> Part:
    """Return the part with other biases of some gates."""
    weights, terms = dict(part.weights), dict(part.biases)
    for gate, (first, second) in pairs.items():
        name, other = f"{part.cell.letters[FIRST]}_{gate}", _second(part, gate)
        if other in weights:
            weights |= {name: first[:, None], other: second[:, None]}
        else:
            weights[name], terms[name] = (first + second)[:, None], (first, second)
    return replace(part, weights=weights, biases=terms)


def _second(part: Part, gate: str) -> str:
    return f"{part.cell.letters[SECOND]}_{gate}"
