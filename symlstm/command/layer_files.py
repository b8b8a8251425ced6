"""What is to be diagnosed, from files: a layer, what it was given, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symlstm.derivations.derivation import SUFFIX
from symlstm.derivations.spec import load
from symlstm.diagnosis.probes.file import read_probe
from symlstm.errors import SymlstmError, choices
from symlstm.files.arrays import read_arrays
from symlstm.files.reading import named
from symlstm.frameworks.layers import layers_of
from symlstm.frameworks.onnx import from_onnx
from symlstm.frameworks.taken import remembering
from symlstm.runs.layer import Layer
from symlstm.runs.layer_given import LayerGiven
from symlstm.runs.network import Network
from symlstm.runs.network_given import NetworkGiven
from symlstm.runs.trace import Trace

OPTIONS = {"mask": "mask", "sequence_lens": "sequence_lens", "lengths": "sequence_lens"}
"""What says which of the inputs count, by its name in a file, and as `Layer.run` calls it."""
INPUTS = "inputs"
ACTUAL = "actual"
"""What the output over time may be called as well."""
INITIAL = "initial_"
"""The initial state h is called ``initial_h``."""
GRADIENT = "grad_"
"""The gradient by W_i is called ``grad_W_i``, that by the initial state h ``grad_initial_h``."""
OF_LOSS = ("grad_sequence", "grad_state_h", "grad_state_c")
"""What the loss's gradients by the outputs are called, as by `symlstm.diagnose`."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A layer as it should be, and a run of it: ``inputs``, and what else `Layer.run` takes."""

    layer: Layer | Network
    inputs: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)


def layer_from(path: Path, node: str | None = None, weights: Path | None = None) -> Asked:
    """Return the layer in a file; with the run, of a derivation file or a probe.

    Of several layers ``node`` names one. Raises `SymlstmError` for a file that has none, or several
    of which none is named.
    """
    if path.name.endswith(SUFFIX):
        return _of_a_derivation(path)
    if path.suffix == ".npz":
        probe = read_probe(path)
        return Asked(probe.layer, probe.inputs, {"initial_state": probe.states})
    if path.suffix == ".onnx":
        given = None if weights is None else read_arrays(weights, "weights")
        return Asked(from_onnx(path, node=node, weights=given))
    found = remembering(layers_of(path))
    if node is None and len(found) == 1:
        return Asked(next(iter(found.values())))
    if node is None:
        message = f"{named(path)}: has several layers; name one with --node: {', '.join(found)}"
        raise SymlstmError(message, argument="node")
    if node not in found:
        message = f"{named(path)}: has no layer {node!r}; {choices(node, found)}"
        raise SymlstmError(message, argument="node")
    return Asked(found[node])


def _of_a_derivation(path: Path) -> Asked:
    derivation = load(path)
    trace, given = derivation.trace, derivation.trace.given
    run = derivation.tables.get("run", {})
    options = {name: run[name] for name in ("mask", "sequence_lens") if name in run}
    if isinstance(given, NetworkGiven):
        options |= {"initial_state": run.get("initial_state")}
        network = Network(given.levels, given.merge, given.head, given.return_sequences)
        return Asked(network, given.inputs, options)
    if not isinstance(given, LayerGiven) or not isinstance(trace, Trace):
        message = f"{named(path)}: is symbolic; give a file with [weights], and numbers to run on"
        raise SymlstmError(message, argument="layer")
    of_layout: Mapping[str, Callable[[Any], Any]] = {
        "batch": lambda array: array,
        "sequence": lambda array: array[0],
        "scalar": lambda array: array[0, ..., 0],
    }
    shaped = of_layout[trace.layout]
    states = [given.states[name] for name in trace.cell.states]
    first = states if trace.layout == "batch" else [state[0] for state in states]
    layer = Layer(trace.cell, given.weights)
    return Asked(layer, shaped(given.inputs), {"initial_state": first, **options})


def on_inputs(asked: Asked, path: Path | None, actual: Mapping[str, Any]) -> Asked:
    """Return a run on the inputs in a file: a .npy file, or a .npz with ``inputs``.

    That may have ``initial_h``, ``initial_c``, ``mask`` and ``lengths``, too. Without a file, those
    among the ``actual`` arrays are taken, or the run's own stay. Raises `SymlstmError` where there
    are none.
    """
    arrays = actual if path is None else read_arrays(path, INPUTS)
    inputs = arrays.get(INPUTS)
    if path is not None and inputs is None and len(arrays) == 1:
        (inputs,) = arrays.values()
    if inputs is None and path is not None:
        message = f"{named(path)}: has {', '.join(arrays) or 'nothing'}; call one {INPUTS!r}"
        raise SymlstmError(message, argument=INPUTS)
    if inputs is None and asked.inputs is None:
        message = "nothing says what the implementation was given; name it with --inputs"
        raise SymlstmError(message, argument=INPUTS)
    if inputs is None:
        return asked
    options: dict[str, Any] = {OPTIONS[name]: arrays[name] for name in OPTIONS if name in arrays}
    states = list(asked.layer.layers[0].cell.states)
    given = {name: arrays[INITIAL + name] for name in states if INITIAL + name in arrays}
    if given:
        options["initial_state"] = [given.get(name, 0) for name in states]
    return Asked(asked.layer, inputs, options)


def outputs(path: Path, arrays: Mapping[str, Any]) -> Any:
    """Return what an implementation gave, of the arrays in a file; inputs may be among them.

    It is ``None`` where gradients alone are given. Raises `SymlstmError` for a file with nothing.
    """
    if "" in arrays:
        return arrays[""]
    given = {
        "sequence_out" if name == ACTUAL else name: array
        for name, array in arrays.items()
        if name not in (INPUTS, *OPTIONS) and not name.startswith((INITIAL, GRADIENT))
    }
    if not given and gradients(arrays):
        return None
    if not given:
        message = f"{named(path)}: has no outputs; call one 'sequence_out', or {ACTUAL!r}"
        raise SymlstmError(message, argument=ACTUAL)
    return given


def gradients(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the gradients in a file, and those of the loss, as `symlstm.diagnose` takes them."""
    of_loss = {name: arrays[name] for name in OF_LOSS if name in arrays}
    given = {
        _differentiated(name.removeprefix(GRADIENT)): array
        for name, array in arrays.items()
        if name.startswith(GRADIENT) and name not in OF_LOSS
    }
    return {"gradients": given, **of_loss} if given else {}


def _differentiated(name: str) -> str:
    """Return what a gradient is by, as `symlstm.diagnose` calls it."""
    return f"initial_state {name.removeprefix(INITIAL)}" if name.startswith(INITIAL) else name
