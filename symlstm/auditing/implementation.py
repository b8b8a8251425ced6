"""What an audit audits: something that runs a layer in floats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from symlstm.errors import SymlstmError
from symlstm.frameworks.threads import one_thread
from symlstm.numbers.exact import shown
from symlstm.numbers.floats import floats, format_named
from symlstm.runs.outputs import OUTPUTS, returned

GRADIENT = "gradient by "

OF = ": "
"""What stands between the names of an implementation and its output, where there are several."""

Arrays = Mapping[str, NDArray[Any]]

FRAMEWORKS = {
    "torch": "symlstm.frameworks.torch_runtime",
    "keras": "symlstm.frameworks.keras_runtime",
    "onnx": "symlstm.frameworks.onnx_runtime",
}
"""Which module makes an `Implementation` of an object of a framework, by the framework's package.

Each has a function ``implementation(module)``, that of ONNX with ``node`` and ``weights`` as well,
and is imported when it is needed.
"""


@runtime_checkable
class Implementation(Protocol):
    """A layer, and a program that claims to compute it."""

    @property
    def name(self) -> str:
        """What to call the program."""

    @property
    def layer(self) -> Any:
        """The layer, or the network, whose weights the program has."""

    @property
    def dtype(self) -> str:
        """The format in which it computes, by name."""

    @property
    def gradients(self) -> bool:
        """Whether it computes gradients."""

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> Arrays:
        """Return what the program computes, by name, in the layer's shapes.

        ``inputs`` has shape (batch, T, input_dim); ``initial_state`` is ``[h, c]``, or ``None`` for
        zeros. The names are those of a reference: ``sequence_out``, ``state_h``, ``state_c``, and
        ``layers[1].state_h`` for what a layer in a network has. With ``grad_sequence``, the
        gradient of a loss by ``sequence_out``, there are ``gradient by inputs``, ``gradient by
        kernel`` and so on, too: what follows the words is a name of `ReferenceGradients`.
        """


@dataclass(frozen=True)
class PlainFunction:
    """A function of the inputs for a layer, or of ``(inputs, [h, c])`` in an audit with states.

    It returns the output over time, or ``(out, state_h, state_c)``, or a mapping by name.
    """

    function: Callable[..., Any]
    layer: Any
    dtype: str
    gradients: bool = False

    @property
    def name(self) -> str:
        """The name that the function was defined with."""
        return str(getattr(self.function, "__qualname__", type(self.function).__name__))

    def run(
        self,
        inputs: NDArray[Any],
        initial_state: Sequence[NDArray[Any]] | None,
        grad_sequence: NDArray[Any] | None,
    ) -> Arrays:
        """Call the function."""
        states = () if initial_state is None else (initial_state,)
        return returned(self.function(inputs, *states), OUTPUTS)


def implementation_of(
    module: Any,
    *,
    layer: Any = None,
    dtype: str | None = None,
    node: str | None = None,
    weights: Mapping[str, Any] | None = None,
) -> Implementation:
    """Return the implementation that ``module`` is, or stands for.

    Takes an `Implementation`; a function of the inputs, together with the ``layer`` that it should
    compute and the ``dtype`` that it computes in (float32 if not said); a layer of PyTorch or
    Keras; an ONNX model or the path of one, with the name of its ``node`` if it has several, and
    ``weights`` for those of its inputs that are weights.
    Raises `SymlstmError` for anything else.
    """
    if layer is not None:
        return _plain_function(module, layer, dtype)
    if isinstance(module, Implementation):
        return _of_dtype(module, dtype)
    home = _framework(module)
    if home is None:
        kind = type(module).__name__
        raise SymlstmError(
            f"nothing of type {kind} can be audited; give a layer of PyTorch or Keras, an ONNX "
            "model, or a function of the inputs together with layer=",
            argument="implementation",
        )
    asked = {"node": node, "weights": weights}
    options = {name: value for name, value in asked.items() if value is not None}
    if options and home != FRAMEWORKS["onnx"]:
        name = min(options)
        raise SymlstmError(f"{name} is for ONNX models; leave it out", argument=name)
    made: Implementation = import_module(home).implementation(module, **options)
    return _of_dtype(made, dtype)


def apart(arrays: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is named by implementation and output, by what is before the output's name.

    That is nothing where there is one implementation.

    >>> apart({"first: state_h": 1, "second: state_h": 2, "second: state_c": 3})
    {'first: ': {'state_h': 1}, 'second: ': {'state_h': 2, 'state_c': 3}}
    >>> apart({"state_h": 1})
    {'': {'state_h': 1}}
    """
    found: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        implementation, between, output = name.rpartition(OF)
        found.setdefault(implementation + between, {})[output] = array
    return found


def is_function(module: Any) -> bool:
    """Whether it is a function of the inputs, which needs a layer that it should compute."""
    is_known = isinstance(module, Implementation) or _framework(module) is not None
    return callable(module) and not is_known


def is_of_onnx(module: Any) -> bool:
    """Whether it is a model of ONNX, or the path of one."""
    return _framework(module) == FRAMEWORKS["onnx"]


def _framework(module: Any) -> str | None:
    if isinstance(module, str | Path):
        return FRAMEWORKS["onnx"]
    packages = [kind.__module__.partition(".")[0] for kind in type(module).__mro__]
    return next((FRAMEWORKS[name] for name in packages if name in FRAMEWORKS), None)


def _plain_function(function: Any, layer: Any, dtype: str | None) -> PlainFunction:
    if not callable(function):
        message = f"with layer=, give a function of the inputs, not {function!r}"
        raise SymlstmError(message, argument="implementation")
    if not hasattr(layer, "reference"):
        message = (
            f"layer is {shown(layer)}; give what cell.bind(...) or from_torch, from_keras and "
            "from_onnx return"
        )
        raise SymlstmError(message, argument="layer")
    return PlainFunction(function, layer, format_named(dtype or "float32").name)


def _of_dtype(implementation: Implementation, dtype: str | None) -> Implementation:
    if dtype not in (None, implementation.dtype):
        raise SymlstmError(
            f"dtype is {dtype!r}, and {implementation.name} computes in {implementation.dtype}; "
            "leave dtype out",
            argument="dtype",
        )
    return implementation


def computed(
    implementation: Implementation,
    inputs: NDArray[Any],
    initial_state: Sequence[NDArray[Any]] | None,
    grad_sequence: NDArray[Any] | None,
) -> dict[str, NDArray[Any]]:
    """Run an implementation and return its numbers, which are those of its format.

    It may write to what it is given, and overwrite what it returned when it runs again. Raises
    `SymlstmError` for numbers of another format, or when there are none.
    """
    states = None if initial_state is None else [state.copy() for state in initial_state]
    gradient = None if grad_sequence is None else grad_sequence.copy()
    with one_thread():
        outputs = implementation.run(inputs.copy(), states, gradient)
    if any(value is None for value in outputs.values()):
        message = f"{implementation.name} returned None; return the output over time"
        raise SymlstmError(message, argument="implementation")
    format_ = format_named(implementation.dtype)
    arrays = {name: floats(value, format_, argument=name).copy() for name, value in outputs.items()}
    if not arrays or not all(array.size for array in arrays.values()):
        message = f"{implementation.name} returned no numbers; return the output over time"
        raise SymlstmError(message, argument="implementation")
    return arrays
