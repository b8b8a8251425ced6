"""Where names of an ONNX model mean something: its graph, branches in it, calls of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from symlstm.errors import ModelError
from symlstm.frameworks.onnx_functions import Functions, functions_of
from symlstm.frameworks.onnx_node import called
from symlstm.frameworks.onnx_twice import inputs, validate_once
from symlstm.numbers.budget import afford
from symlstm.numbers.remembered import cached_property

GRAPH = 5
"""The type of an attribute that is a graph; see ``onnx.AttributeProto``."""


@dataclass(frozen=True, eq=False)
class Scope:
    """One graph with the names in it; or one call of a function, in which they mean others.

    ``proto`` is the graph, or the function; a branch of ``If``, or the body of a loop, has an
    ``outer`` scope, whose names it sees, and a function the ``caller`` with the node that calls it.
    ``functions`` are those of the model. Nothing is copied, so that a function that is called often
    takes no memory.

    ONNX IR, "Graphs", "Functions" and "Names Within a Graph".
    """

    proto: Any
    functions: Functions
    outer: Scope | None = None
    caller: tuple[Scope, Any] | None = None
    path: tuple[str, ...] = ()
    depth: int = 0
    _inner: dict[tuple[int, str], Scope] = field(default_factory=dict)
    _valid: list[bool] = field(default_factory=list)

    @cached_property
    def nodes(self) -> tuple[Any, ...]:
        """The nodes of the graph, in its order."""
        return tuple(self.proto.node)

    @cached_property
    def inputs(self) -> Mapping[str, int]:
        """The names of what the graph is given, each with its place."""
        return {name: k for k, name in enumerate(inputs(self.proto))}

    @cached_property
    def initializers(self) -> Mapping[str, Any]:
        """The tensors that the graph stores, by name."""
        return {tensor.name: tensor for tensor in getattr(self.proto, "initializer", ())}

    @cached_property
    def sparse(self) -> frozenset[str]:
        """The names of the sparse tensors that the graph stores."""
        stored = getattr(self.proto, "sparse_initializer", ())
        return frozenset(tensor.values.name for tensor in stored)

    @cached_property
    def producers(self) -> Mapping[str, Any]:
        """The node that computes a tensor, by the name of the tensor."""
        return {name: node for node in self.nodes for name in node.output if name}

    def validate(self) -> None:
        """Raise `ModelError` for a graph that gives something twice."""
        if not self._valid:
            validate_once(self.proto)
            self._valid.append(True)

    def home(self, name: str) -> Scope | None:
        """Return the scope that a name is of: this one, or one around it.

        Raises `ModelError` for a name of two of them.
        """
        for scope in self._outward():
            scope.validate()
        homes = [scope for scope in self._outward() if scope._has(name)]
        if len(homes) > 1:
            message = f"the model gives {name!r} twice, in a branch and around it"
            raise ModelError(f"{message}; give one another name", argument=name)
        return homes[0] if homes else None

    def _outward(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def _has(self, name: str) -> bool:
        places = (self.inputs, self.initializers, self.producers, self.sparse)
        return any(name in place for place in places)

    def attributes(self, node: Any) -> dict[str, Any]:
        """Return the attributes of a node by name, those that its function hands on filled in."""
        given = {}
        for attribute in node.attribute:
            name, handed_on = attribute.name, attribute.ref_attr_name
            value = self._handed_on(handed_on) if handed_on else attribute
            if value is not None:
                given[name] = _renamed(value, name) if handed_on else value
        return given

    def _handed_on(self, name: str) -> Any:
        """Return the attribute of the call that this scope is in, or the function's default."""
        *_, scope = self._outward()
        if scope.caller is None:
            raise ModelError(f"the attribute {name!r} is that of a function, and there is none")
        caller, node = scope.caller
        defaults = {one.name: one for one in scope.proto.attribute_proto}
        return caller.attributes(node).get(name, defaults.get(name))

    def branches(self, node: Any) -> Iterator[Scope]:
        """Yield the scopes of the graphs that a node has: branches, or the body of a loop."""
        for attribute in node.attribute:
            if attribute.type == GRAPH and attribute.HasField("g"):
                yield self.branch(node, attribute.name)

    def branch(self, node: Any, name: str) -> Scope:
        """Return the scope of a graph that a node has as an attribute."""
        graphs = [one.g for one in node.attribute if one.name == name and one.HasField("g")]
        if len(graphs) != 1:
            raise ModelError(f"node {called(node)} has no {name}; it is a graph")
        path = (*self.path, called(node), name)
        return self._entered(node, name, proto=graphs[0], outer=self, path=path)

    def call(self, node: Any) -> Scope | None:
        """Return the scope of the function that a node calls; ``None`` if it calls none."""
        function = self.functions.called_by(node)
        if function is None:
            return None
        path = (*self.path, called(node))
        return self._entered(node, "", proto=function, caller=(self, node), path=path)

    def _entered(self, node: Any, name: str, **options: Any) -> Scope:
        key = (id(node), name)  # nodes are kept, so that no two have one identity
        if key not in self._inner:
            depth = self.depth + 1
            afford("nesting", depth, what="branches and functions of the model, one in another")
            self._inner[key] = Scope(functions=self.functions, depth=depth, **options)
        return self._inner[key]


def whole(model: Any) -> Scope:
    """Return the scope of the graph of a model."""
    return Scope(model.graph, functions_of(model))


def _renamed(attribute: Any, name: str) -> Any:
    renamed = type(attribute)()
    renamed.CopyFrom(attribute)
    renamed.name = name
    return renamed
