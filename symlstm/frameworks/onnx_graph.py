"""ONNX files, read without trust: a model, and the recurrent nodes anywhere in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, choices, one_line
from symlstm.files.reading import read_bytes
from symlstm.frameworks.onnx_constants import Absent, Constants
from symlstm.frameworks.onnx_node import ANY, RECURRENT, called, is_standard, operator
from symlstm.frameworks.onnx_scope import Scope, whole
from symlstm.frameworks.onnx_tensor import Tensors
from symlstm.frameworks.taken import listed
from symlstm.numbers.budget import afford
from symlstm.numbers.floats import as_array
from symlstm.numbers.remembered import cached_property
from symlstm.optional import require


@dataclass(frozen=True)
class Place:
    """A node, and the scope in which its names mean something."""

    scope: Scope
    node: Any
    constants: Constants

    @property
    def path(self) -> str:
        """What the node goes by where another one has its name."""
        return "/".join([*self.scope.path, called(self.node)])

    def find(self, name: str) -> NDArray[Any] | Absent:
        """Return a tensor by the name that the node has for it, or why it is not stored."""
        return self.constants.find(self.scope, name)

    def is_zero(self, name: str) -> bool:
        """Say whether a tensor holds nothing but zeros, whatever its shape."""
        return self.constants.is_zero(self.scope, name)

    @property
    def attributes(self) -> list[Any]:
        """The attributes of the node."""
        return list(self.scope.attributes(self.node).values())


@dataclass(frozen=True)
class Graph:
    """A model, the folder of its file if it is one, and values that are given for its inputs."""

    model: Any
    folder: Path | None
    weights: Mapping[str, Any]

    @cached_property
    def constants(self) -> Constants:
        """The tensors that do not depend on what the model is given."""
        return Constants(Tensors(self.folder), _values(self.model.graph, self.weights))

    def node(self, name: str | None) -> Place:
        """Return the recurrent node called ``name``, or the only one.

        A node without a name goes by that of its first output that has one; one whose name others
        have, in other branches or calls of a function, by its path: ``If_0/then_branch/lstm``.
        """
        everything = self._everything
        named = self.named()
        if name is None and len(named) == 1:
            return next(iter(named.values()))
        if name is None:
            several = f"{len(named)} {ANY} nodes; say which with node: {listed(named)}"
            message = f"the model has {several}, or take symlstm.layers_of(...)"
            raise ModelError(message, argument="node")
        if name not in named:
            same = [place.node for place in everything if called(place.node) == name]
            others = [operator(node) for node in same if not is_standard(node, *RECURRENT)]
            is_other = f" (that is {others[0]})" if others else ""
            message = f"the model has no {ANY} node {name!r}{is_other}"
            raise ModelError(f"{message}; {choices(name, named)}", argument="node")
        return named[name]

    def named(self) -> dict[str, Place]:
        """Return the recurrent nodes by name; raises `ModelError` for none, and two of one name."""
        places = [place for place in self._everything if is_standard(place.node, *RECURRENT)]
        if not places:
            raise ModelError(f"the model has no {ANY} node{_others(self._everything)}")
        count = Counter(called(place.node) for place in places)
        spelled = [p.path if count[called(p.node)] > 1 else called(p.node) for p in places]
        named = dict(zip(spelled, places, strict=True))
        if len(named) < len(places):
            message = f"several {ANY} nodes have one name: {', '.join(spelled)}"
            raise ModelError(f"{message}; give each a name of its own", argument="node")
        return named

    @cached_property
    def _everything(self) -> list[Place]:
        """All nodes, those in branches and functions, too."""
        outermost = whole(self.model)
        afford("model_nodes", outermost.functions.size(self.model.graph), what="the model")
        return list(_within(outermost, self.constants))


def _within(outermost: Scope, constants: Constants) -> Iterator[Place]:
    """Yield the nodes of a scope, and of the branches that may be taken and functions called."""
    pending = [iter([outermost])]
    while pending:
        scope = next(pending[-1], None)
        if scope is None:
            pending.pop()
            continue
        yield from (Place(scope, node, constants) for node in scope.nodes)
        pending.append(_inside(scope, constants))


def _inside(scope: Scope, constants: Constants) -> Iterator[Scope]:
    for node in scope.nodes:
        taken = constants.branch(scope, node) if is_standard(node, "If") else None
        function = scope.call(node) if scope.functions.has_recurrent(node) else None
        if function is not None:
            yield function
        yield from scope.branches(node) if taken is None else [taken]


def _values(graph: Any, weights: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the values that are given for inputs of the model, in the types of those."""
    if not isinstance(weights, Mapping):
        message = f"weights is a {type(weights).__name__}; give values by the names of inputs"
        raise ModelError(message, argument="weights")
    inputs = {value.name: value for value in graph.input}
    for name in weights:
        if name not in inputs:
            message = f"the model has no input {name!r}; {choices(str(name), inputs)}"
            raise ModelError(message, argument="weights")
    return {name: _value(inputs[name], values) for name, values in weights.items()}


def _value(declared: Any, values: Any) -> NDArray[Any]:
    """Return what is given for an input, in its type, which has to hold it exactly."""
    helper = require("onnx.helper", "onnx")
    kind = declared.type.tensor_type.elem_type
    try:
        given = as_array(values)
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(kind)) if kind else given.dtype
        if given.dtype.kind not in "fiub":
            raise TypeError
        with np.errstate(all="ignore"):
            made = given.astype(dtype)
            back = made.astype(given.dtype)
    except (KeyError, TypeError, ValueError) as error:
        message = f"weights[{declared.name!r}] is no array of numbers"
        raise ModelError(f"{message}; give one", argument="weights") from error
    if not np.array_equal(back, given, equal_nan=given.dtype.kind == "f"):
        message = f"weights[{declared.name!r}] holds {given.dtype} that the input, of {dtype}, "
        raise ModelError(f"{message}does not; round it first", argument="weights")
    return made


def load(model: Any, weights: Mapping[str, Any] | None = None) -> Graph:
    """Return a model, or that of the file at a path; nothing in it is run.

    Raises `ModelError` for a file that cannot be read as a model.
    """
    onnx = require("onnx", "onnx")
    if isinstance(model, onnx.ModelProto):
        return Graph(model, None, weights or {})
    if not isinstance(model, str | Path):
        kind = type(model).__name__
        raise ModelError(
            f"a {kind} is no ONNX model; give the path of one, or what onnx.load returns (and "
            "symlstm.layers_of(...) takes models of PyTorch and Keras, too)"
        )
    path = Path(model)
    content = read_bytes(path, "data_bytes", ModelError)
    try:
        parsed = onnx.load_model_from_string(content)
    except Exception as error:  # the parser of protocol buffers has errors of its own
        raise ModelError(f"{model}: is no ONNX model: {one_line(error)}") from error
    if not parsed.ByteSize() or not parsed.HasField("graph"):
        raise ModelError(f"{model}: is no ONNX model: it has no graph")
    return Graph(parsed, path.parent, weights or {})


def _others(places: list[Place]) -> str:
    """Return what to say of a model's operators when none is the one that is looked for."""
    operators = sorted({operator(place.node) for place in places})
    alike = [one for one in operators if one.partition(" ")[0] in RECURRENT]
    listed = ", ".join([*alike, *(one for one in operators if one not in alike)][:12])
    of_onnx = " of ONNX's own domain" if alike else ""
    return f"{of_onnx}; it has {listed}" if listed else ""
