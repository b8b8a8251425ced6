"""PyTorch: ``torch.nn.LSTM``, ``GRU``, ``RNN`` and their cells, in modules and state dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from symlstm.errors import CellError, ModelError, choices
from symlstm.files.reading import named
from symlstm.frameworks.safetensors import read_safetensors
from symlstm.frameworks.state_dict import found, is_known, of_arrays, of_layer, of_places
from symlstm.frameworks.taken import Layers, listed
from symlstm.frameworks.torch_heads import array_heads, head_of, module_heads, of_module
from symlstm.numbers.exact import shown
from symlstm.optional import require
from symlstm.runs.layer import Layer
from symlstm.runs.network import Network

LAYERS = ("LSTM", "GRU", "RNN")
CELLS = ("LSTMCell", "GRUCell", "RNNCell")
ARRAYS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
"""The parameters of a level and direction, without what says of which."""
PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}
"""What files end in that are pickles: to load one is to run whatever it says."""


def from_torch(
    module: Any,
    prefix: str | None = None,
    *,
    head: Any = None,
    return_sequences: bool = True,
) -> Layer | Network:
    """Return a layer of PyTorch with its weights, bit for bit; of several layers, a `Network`.

    ``module`` is a ``torch.nn.LSTM``, ``GRU`` or ``RNN``, with any ``num_layers``,
    ``bidirectional``, ``proj_size``, ``bias``, ``batch_first`` and ``nonlinearity``, or the cell of
    one; or a state dict, a mapping of arrays by name, or the path of one in a ``.safetensors``
    file, of which names and shapes tell all of this, but that an RNN has another activation than
    tanh. ``prefix`` is what the names of its arrays begin with where there are several layers, as
    ``"encoder"`` of ``encoder.weight_ih_l0``; of a module that has them inside, its name there.

    The rows i, f, g, o of PyTorch are the gates i, f, c, o, and r, z, n are r, z, h; its two biases
    are added exactly, but those of n, the second of which is the ``recurrent_bias``.
    Inputs have shape (batch, T, input_dim) here whatever ``batch_first`` says, or are a
    ``PackedSequence``, and the states of a network are PyTorch's (layers, batch, units). The
    dropout between layers acts in training alone.

    With a ``head``, it is the `Network` of both: a ``torch.nn.Linear``, a ``torch.nn.Sequential``
    of some and activations, or the name of one in the module or state dict. It stands behind every
    output, or, with ``return_sequences=False``, behind what each direction has ended with. For a
    ``bidirectional`` module that is ``torch.cat([h[-2], h[-1]], -1)``, as Keras has it, and not
    ``out[:, -1]``, in which the backward direction has seen a single step: that is the last of all
    outputs, which a loss compares with targets that have no axis of time.

    Raises `ModelError` for another module, for one that is in training mode with dropout, for
    arrays that are no layer's, and for a pickle, which is not loaded.

    >>> layer = from_torch({"weight_ih": [[1]] * 4, "weight_hh": [[0]] * 4})
    >>> layer.cell
    LSTM(units=1, use_bias=False)
    >>> arrays = {"rnn.weight_ih_l0": [[1]], "rnn.weight_hh_l0": [[0]], "fc.weight": [[1], [2]]}
    >>> from_torch(arrays, head="fc", return_sequences=False).head
    Layer(cell=Dense(units=2, activation='linear', use_bias=False))
    """
    if isinstance(module, str | Path):
        module = read_state_dict(Path(module))
    if head is None:
        return _with_head(_layer_of(module, prefix), [], return_sequences)
    layer = _layer_of(module, _below(module) if prefix is None else prefix)
    made = head_of(head, module, return_sequences=return_sequences)
    return _with_head(layer, made, return_sequences)


def _with_head(
    layer: Layer | Network, heads: Sequence[Layer], return_sequences: bool
) -> Layer | Network:
    if not heads and return_sequences is True:
        return layer
    levels = [[layer]] if isinstance(layer, Layer) else layer.levels
    between, head = heads[:-1], heads[-1] if heads else None
    try:
        return Network(
            [*levels, *([one] for one in between)], head=head, return_sequences=return_sequences
        )
    except CellError as error:
        raise ModelError(str(error), argument=error.argument or "head") from error


def _below(module: Any) -> str | None:
    """Return the name of the recurrent layer in a module, if there is one, and one only."""
    if isinstance(module, Mapping):
        return None
    names = list(_recurrent(module))
    return names[0] if len(names) == 1 and names[0] else None


def _layer_of(module: Any, prefix: str | None) -> Layer | Network:
    if isinstance(module, Mapping):
        return of_arrays(module, prefix)
    nn = require("torch", "torch").nn
    if prefix is not None:
        module = _inside(module, prefix)
    if is_one_of(nn, module, CELLS):
        return _layer(module, "")
    if is_one_of(nn, module, ("Linear",)):
        return of_module(module)
    if not is_one_of(nn, module, LAYERS):
        raise _unsupported(module)
    if module.training and module.dropout and module.num_layers > 1:
        message = f"dropout={module.dropout} makes a module in training mode random"
        raise ModelError(f"{message}; call its eval() first", argument="dropout")
    layers = [_layer(module, suffix) for suffix in suffixes_of(module)]
    directions = 1 + module.bidirectional
    if len(layers) == 1:
        return layers[0]
    return Network([layers[k : k + directions] for k in range(0, len(layers), directions)])


def torch_layers(module: Any) -> Layers:
    """Return the recurrent layers in a module, and its heads, by their names; see `layers_of`."""
    found = {name: from_torch(part) for name, part in _recurrent(module).items()}
    return {**found, **module_heads(module)} if found else {}


def state_dict_layers(arrays: Mapping[str, Any]) -> Layers:
    """Return the layers in a state dict, by what the names of their arrays begin with."""
    layers = found(arrays)
    known = {name: of_places(name, p) for name, p in layers.items() if is_known(p)}
    return {**known, **array_heads(arrays)} if known else {}


def read_state_dict(path: Path) -> Mapping[str, Any]:
    """Return the arrays of a ``.safetensors`` file; raises `ModelError` for another."""
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    if path.suffix in PICKLES:
        raise ModelError(
            f"{named(path)}: is a pickle, and to load one runs code; where you trust it, save its "
            "state dict with safetensors.torch.save_file(state_dict, 'model.safetensors')"
        )
    raise ModelError(f"{named(path)}: is no .safetensors file; give the path of one")


def is_one_of(nn: Any, module: Any, kinds: Sequence[str]) -> bool:
    """Say whether a module is of one of these classes of PyTorch, and not of one made of it."""
    return any(type(module) is getattr(nn, kind) for kind in kinds)


def _recurrent(module: Any) -> dict[str, Any]:
    nn = require("torch", "torch").nn
    parts = module.named_modules() if isinstance(module, nn.Module) else ()
    return {name: part for name, part in parts if is_one_of(nn, part, (*LAYERS, *CELLS))}


def _inside(module: Any, name: Any) -> Any:
    parts = _recurrent(module)
    if name not in parts:
        message = f"{type(module).__name__} has no layer called {shown(name)} inside"
        raise ModelError(f"{message}; {choices(name, map(repr, parts))}", argument="prefix")
    return parts[name]


def _unsupported(module: Any) -> ModelError:
    kind = f"{type(module).__module__}.{type(module).__qualname__}"
    parts = _recurrent(module)
    if parts:
        return ModelError(
            f"{kind} has a layer inside, and is none: give prefix, one of {listed(parts)}, or take "
            "all of them with symlstm.layers_of(module)"
        )
    return ModelError(
        f"{kind} is not supported; give a torch.nn.LSTM, GRU or RNN, the cell of one, or a Linear, "
        "and no class made of one, or a state dict"
    )


def suffixes_of(module: Any) -> Iterator[str]:
    """Yield what the names of each layer's parameters end in, in PyTorch's order of layers."""
    for level in range(module.num_layers):
        yield f"_l{level}"
        if module.bidirectional:
            yield f"_l{level}_reverse"


def _layer(module: Any, suffix: str) -> Layer:
    arrays = arrays_of(module, suffix)
    for name, tensor in arrays.items():
        if tensor.is_meta:
            raise ModelError(f"{name}{suffix} has no numbers: it is on the device 'meta'")
    activation = getattr(module, "nonlinearity", "tanh")
    return of_layer(arrays, reverse=suffix.endswith("_reverse"), activation=activation)


def arrays_of(module: Any, suffix: str) -> dict[str, Any]:
    """Return the parameters of a level and direction, by name without what says of which."""
    named = {name: getattr(module, name + suffix, None) for name in ARRAYS}
    return {name: tensor for name, tensor in named.items() if tensor is not None}
