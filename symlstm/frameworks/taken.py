"""What is taken over of a model: layers by name, recurrent ones and heads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from symlstm.errors import CellError, ModelError
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

Layers = dict[str, Layer | Network]
"""What is taken over of a model, by name."""
MOST_LISTED = 12
"""How many names a message lists."""


def remembering(found: Layers) -> Layers:
    """Return the layers that are no heads.

    >>> from symlstm import Dense, SimpleRNN
    >>> head = Dense(1).bind(kernel=1, bias=0)
    >>> remembering({"low": SimpleRNN(1, use_bias=False).bind(W=1, U=1), "high": head})
    {'low': Layer(cell=SimpleRNN(units=1, use_bias=False))}
    """
    return {name: one for name, one in found.items() if one.layers[0].cell.states}


def with_activation(head: Layer, name: str, behind: str) -> Layer:
    """Return a head with an activation by name, which ``behind`` is.

    Raises `ModelError` for an unknown one, and for a head that has one.
    """
    if head.cell.activation != "linear":
        message = f"the head has the activation {head.cell.activation}, and {behind} is another one"
        raise ModelError(f"{message}; leave one of them out", argument="activation")
    try:
        return replace(head, cell=replace(head.cell, activation=name))
    except CellError as error:
        raise ModelError(str(error), argument="activation") from error


def listed(names: Iterable[str]) -> str:
    """Return names for a message, the first dozen of them.

    >>> listed(["encoder", "decoder"])
    "'encoder', 'decoder'"
    """
    first = list(islice(names, MOST_LISTED + 1))
    more = [", ..."] if len(first) > MOST_LISTED else []
    return ", ".join(map(shown, first[:MOST_LISTED])) + "".join(more)
