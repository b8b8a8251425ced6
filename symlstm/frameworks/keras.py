"""Keras: ``LSTM``, ``GRU``, ``SimpleRNN``, their cells, and ``Bidirectional`` around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from symlstm.errors import ModelError, choices
from symlstm.frameworks.keras_cells import (
    CELLS,
    KNOWN,
    RECURRENT,
    SWITCHES,
    around_stacked,
    bidirectional,
    dense,
    of_weights,
    stacked,
)
from symlstm.frameworks.keras_chain import HEADS, with_head
from symlstm.frameworks.keras_file import read_keras, read_keras_network
from symlstm.frameworks.keras_objects import activation_of, exported, keras_package, links
from symlstm.frameworks.taken import Layers, listed, remembering
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.exact import shown
from symlstm.runs.kept import Memory
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

GROUPS = ("kernel", "recurrent_kernel", "bias")


def from_keras(layer: Any, name: str | None = None) -> Layer | Network:
    """Return a Keras layer with its weights, bit for bit; where it is several, a `Network`.

    ``layer`` is a ``keras.layers.LSTM``, ``GRU``, ``SimpleRNN``, the cell of one, an ``RNN`` of a
    cell or of several, as ``StackedRNNCells``, or a ``Bidirectional`` with any
    ``merge_mode``, or a ``Dense``; it has been built. Its activations are any that Keras has, but
    ``glu`` and ``sparsemax``. ``reset_after``, ``go_backwards`` and ``zero_output_for_mask`` come
    along; masks and initial states are given to `Layer.run`. With ``stateful=True`` in Keras, runs
    with ``stateful=True`` go on from the states that it is in. ``return_sequences``,
    ``return_state`` and ``unroll`` change no number, and dropout acts in training alone.

    A model, or the path of a ``.keras`` or ``.h5`` file with one, in which a ``Dense`` layer, and
    perhaps an activation, stands behind recurrent ones is a `Network` with a ``head``. What stands
    before them is left out: its inputs are theirs. With ``return_sequences=False`` in Keras, it
    gives a single output. Of other models, ``name`` says which layer, if there are several: its
    name, after those of the models that it is in, as in ``"encoder/lstm"``.
    Files are read as data, and nothing in them is run; Keras itself need not be there, h5py does.

    Raises `ModelError`, which names the attribute, for what is not supported.

    >>> import pytest; keras = pytest.importorskip("keras")
    >>> layer = keras.layers.LSTM(4, activation="softsign")
    >>> layer.build((None, None, 3))
    >>> from_keras(layer).cell
    LSTM(units=4, input_dim=3, activation='softsign')
    """
    if isinstance(layer, str | Path):
        if name is None:
            return _only(*read_keras_network(Path(layer)), f"{layer}")
        return _chosen(read_keras(Path(layer)), name, f"{layer}")
    layers = keras_package().layers
    if isinstance(layer, keras_package().Model):
        found = keras_layers(layer)
        if name is None:
            return _only(found, _network(layer, found), f"the model {layer.name}")
        return _chosen(found, name, f"the model {layer.name}")
    if name is not None:
        raise ModelError("name is for models that have several layers; leave it out")
    if type(layer) is layers.Bidirectional:
        return _bidirectional(layer)
    if type(layer) is layers.Dense:
        return _dense(layer)
    return _recurrent(layer) if isinstance(layer, layers.RNN) else _of_cell(layer)


def keras_layers(model: Any) -> Layers:
    """Return what can be taken over of a model of Keras, by name; see `layers_of`.

    Raises `ModelError`, as `from_keras` does, where nothing can be.
    """
    found: Layers = {}
    refused: list[ModelError] = []
    for name, part in _parts(model, ""):
        try:
            found[name] = from_keras(part)
        except ModelError as error:
            refused += [error] if type(part).__name__ not in HEADS else []
            found.update(_taken_apart(part, name, refused))
    if not remembering(found):
        if refused:
            raise refused[0]
        return {}
    return found


def _network(model: Any, found: Layers) -> Network | None:
    """Return the network that a model is, if it ends in a head."""
    recurrent = keras_package().layers.RNN, keras_package().layers.Bidirectional
    count = sum(isinstance(part, recurrent) for _, part in _parts(model, ""))
    return with_head(links(model, from_keras), count, found)


def _only(found: Layers, network: Network | None, model: str) -> Layer | Network:
    """Return what a model is: a network with a head, or the only layer of it."""
    if network is not None:
        return network
    recurrent = remembering(found)
    if not recurrent:
        raise _without_layers(model)
    if len(recurrent) == 1:
        return next(iter(recurrent.values()))
    message = f"{model} has {len(recurrent)} layers that can be taken over: {listed(recurrent)}"
    raise ModelError(
        f"{message}; say which with name, or take symlstm.layers_of(...)", argument="name"
    )


def _without_layers(model: str) -> ModelError:
    return ModelError(f"{model} has no layer that can be taken over, such as an LSTM")


def _chosen(found: Layers, name: str, model: str) -> Layer | Network:
    if not found:
        raise _without_layers(model)
    if name not in found:
        message = f"{model} has no layer {shown(name)} that can be taken over"
        raise ModelError(f"{message}; {choices(name, found)}", argument="name")
    return found[name]


def _parts(layer: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the recurrent layers in a layer, each with the names on the way to it."""
    layers = keras_package().layers
    cells = tuple(getattr(layers, kind) for kind in CELLS)
    known: Any = (layers.RNN, layers.Bidirectional, layers.StackedRNNCells, layers.Dense, *cells)
    if isinstance(layer, known):
        yield path or layer.name, layer
        return
    inside: Any = getattr(layer, "layers", None)
    if inside is None:
        inside = layer._flatten_layers(include_self=False, recursive=False)
    for one in inside:
        yield from _parts(one, f"{path}/{one.name}" if path else one.name)


def _taken_apart(
    layer: Any, path: str, refused: list[ModelError]
) -> Iterator[tuple[str, Layer | Network]]:
    """Yield what can be taken over of a layer that cannot, as a whole."""
    directions = (getattr(layer, name, None) for name in ("forward_layer", "backward_layer"))
    cells = getattr(getattr(layer, "cell", layer), "cells", ())
    for part in (*filter(None, directions), *cells):
        name = f"{path}/{part.name}"
        try:
            yield name, from_keras(part)
        except ModelError as error:
            refused.append(error)
            yield from _taken_apart(part, name, refused)


def _bidirectional(layer: Any) -> Network:
    both = layer.forward_layer, layer.backward_layer
    if any(hasattr(getattr(one, "cell", None), "cells") for one in both):
        raise around_stacked()
    each: list[Any] = [_recurrent(one) for one in both]
    network = bidirectional(each, layer.merge_mode)
    kept = [one.states for one in both if one.stateful and one.states is not None]
    return _going_on(network, kept) if len(kept) == len(both) else network


def _recurrent(layer: Any) -> Layer | Network:
    layers = keras_package().layers
    if type(layer) not in [getattr(layers, kind) for kind in ("RNN", *RECURRENT)]:
        raise _unsupported(layer)
    zero_output = bool(getattr(layer, "zero_output_for_mask", False))
    if type(layer.cell) is layers.StackedRNNCells:
        cells = [_of_cell(cell) for cell in layer.cell.cells]
        made: Layer | Network = stacked(
            cells, go_backwards=bool(layer.go_backwards), zero_output_for_mask=zero_output
        )
    else:
        made = replace(
            _of_cell(layer.cell),
            go_backwards=bool(layer.go_backwards),
            zero_output_for_mask=zero_output,
        )
    if not layer.stateful or layer.states is None:
        return made
    return _going_on(made, [layer.states] if isinstance(made, Layer) else layer.states)


def _going_on(made: Any, states: Sequence[Sequence[Any]]) -> Any:
    """Return a layer or network whose stateful runs go on from the states that Keras's is in."""
    each = [
        {
            name: rational_array(exported(state), argument=f"state {name}")
            for name, state in zip(layer.cell.states, of_layer, strict=True)
        }
        for layer, of_layer in zip(made.layers, states, strict=True)
    ]
    object.__setattr__(made, "_memory", Memory(each))
    return made


def _of_cell(cell: Any) -> Any:
    layers = keras_package().layers
    kind = type(cell).__name__
    if type(cell) is layers.StackedRNNCells:
        return stacked([_of_cell(one) for one in cell.cells])
    if kind not in CELLS or type(cell) is not getattr(layers, kind):
        raise _unsupported(cell)
    weights = _weights(cell, GROUPS)
    activations = {name: activation_of(cell, name) for name in CELLS[kind](1).activations}
    switches = {name: bool(getattr(cell, name)) for name in SWITCHES.get(kind, ())}
    return of_weights(kind, cell.units, bool(cell.use_bias), activations, switches, weights)


def _dense(layer: Any) -> Layer:
    weights = _weights(layer, ("kernel", "bias"))
    return dense(layer.units, bool(layer.use_bias), activation_of(layer, "activation"), weights)


def _weights(layer: Any, groups: Sequence[str]) -> dict[str, NDArray[Any]]:
    if not layer.built:
        name = layer.name
        message = f"{name} has no weights yet; call it on an input, or its build(shape), first"
        raise ModelError(message)
    return {group: exported(getattr(layer, group)) for group in groups if _has(layer, group)}


def _unsupported(layer: Any) -> ModelError:
    """Return the error for what is no layer of Keras, or another one, or made of one."""
    kind = type(layer)
    return ModelError(
        f"{kind.__module__}.{kind.__qualname__} is not supported; give a layer of Keras: {KNOWN}, "
        "and not made of one; symlstm.layers_of(model) has all that are in a model"
    )


def _has(cell: Any, group: str) -> bool:
    return group != "bias" or bool(cell.use_bias)
