"""The tensors of an ONNX model that do not depend on what it is given, folded exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symlstm.errors import ModelError, SymlstmError, one_line
from symlstm.frameworks.onnx_node import called, is_standard, operator
from symlstm.frameworks.onnx_operations import OPERATIONS
from symlstm.frameworks.onnx_scope import Scope
from symlstm.frameworks.onnx_tensor import Tensors
from symlstm.numbers.budget import afford
from symlstm.optional import require

CONSTANTS = {"value": None, "value_float": "f4", "value_floats": "f4", "value_int": "i8"}
"""The attributes of ``Constant`` that are read, with their types."""
CONSTANTS |= {"value_ints": "i8"}
OF_ZEROS = {"Tile", "CastLike", *OPERATIONS} - {"Concat", "ConstantOfShape", "Shape"}
"""Operators that make zeros of a first input that is zero."""
Key = tuple[Scope, str]


@dataclass(frozen=True)
class Absent:
    """Why a tensor is not stored: what ``root``, that it is computed ``by`` an operator of, is.

    ``given`` is the input of the model that it is, or is computed of.
    """

    what: str
    given: str | None = None
    by: str = ""
    root: str = ""

    @property
    def why(self) -> str:
        """Why, after the name of the tensor."""
        computed = f"is computed in the model by {self.by} of {self.root!r}, which "
        return f"{computed if self.by else ''}{self.what}"


@dataclass(frozen=True)
class Stored:
    """A tensor that is stored, and not yet read."""

    tensor: Any


@dataclass(frozen=True)
class Alias:
    """A tensor that is another one, in another scope: an input or output of a branch or call."""

    key: Key


@dataclass(frozen=True)
class Computed:
    """Output number ``output`` of a node, and the tensors that it is computed of."""

    scope: Scope
    node: Any
    output: int
    operands: tuple[Key | None, ...]


Value = NDArray[Any] | Stored | Absent


@dataclass(eq=False)
class Constants:
    """Finds what tensors of a model are, as far as they do not depend on its inputs.

    ``given`` has values for inputs of the model, by name. Nothing is computed twice, and nothing
    is read unless all is there that it is needed with. ``size`` counts the numbers computed so far.
    """

    tensors: Tensors
    given: Mapping[str, NDArray[Any]]
    _known: dict[Key, Value] = field(default_factory=dict)
    size: int = 0

    def find(self, scope: Scope, name: str) -> NDArray[Any] | Absent:
        """Return a tensor, or why it is not there.

        Raises `ModelError` for one that is not what it says, is computed from itself, or cannot be
        computed, and `TooLargeError` for more of them than may be.
        """
        self._follow((scope, name))
        return self._read((scope, name))

    def source(self, key: Key) -> Stored | Absent | Alias | Computed | NDArray[Any]:
        """Return where a tensor comes from."""
        scope, name = key
        home = scope.home(name)
        if home is None:
            return Absent("is nowhere in the model")
        if name in home.inputs and home.caller is not None:
            return _argument(*home.caller, home.inputs[name])
        if name in home.inputs and home.outer is None and name in self.given:
            return self.given[name]
        if name in home.initializers:
            return Stored(home.initializers[name])
        if name in home.sparse:
            return Absent("is a sparse tensor in the model")
        if name in home.inputs:
            of_model = home.outer is None
            what = "the model" if of_model else f"{'/'.join(home.path)}, which changes as it runs"
            return Absent(f"is an input of {what}", name if of_model else None)
        return self._produced(home, name)

    def _produced(self, home: Scope, name: str) -> Stored | Absent | Alias | Computed:
        node = home.producers[name]
        place = list(node.output).index(name)
        if is_standard(node, "If") and len(node.input) == 1:
            condition = (home, node.input[0])
            if condition not in self._known:
                return Alias(condition)  # for now: then it is known which branch
            branch = self.branch(home, node)
            return _computed_by(node) if branch is None else _output(branch, place)
        function = home.call(node)
        if function is not None:
            return _output(function, place)
        if is_standard(node, "Constant"):
            return _constant(home, node)
        if is_standard(node, *OPERATIONS):
            operands = (None if not one else (home, one) for one in node.input)
            return Computed(home, node, place, tuple(operands))
        return _computed_by(node)

    def branch(self, scope: Scope, node: Any) -> Scope | None:
        """Return the branch that an ``If`` always takes; ``None`` if that depends on its inputs."""
        condition = self.find(scope, node.input[0]) if len(node.input) == 1 else None
        if isinstance(condition, np.ndarray) and condition.size == 1:
            return scope.branch(node, "then_branch" if condition.any() else "else_branch")
        return None

    def is_zero(self, scope: Scope, name: str) -> bool:
        """Say whether a tensor holds nothing but zeros, whatever its shape."""
        rests_on: set[Key] = set()
        pending, zeros = [(scope, name)], False
        while pending:
            key = pending.pop()
            if key in rests_on:
                continue
            rests_on.add(key)
            made_of = self._zeros_of(key)
            if made_of is None:
                return False
            pending += made_of
            zeros = zeros or not made_of
        return zeros

    def _zeros_of(self, key: Key) -> list[Key] | None:
        """Return the tensors that have to be zero for this one to be; ``None`` for never."""
        found = self.find(*key)
        if isinstance(found, np.ndarray):
            return None if found.any() else []
        source = self.source(key)
        if isinstance(source, Alias):
            return [source.key]
        home = key[0].home(key[1])
        node = None if home is None else home.producers.get(key[1])
        if home is None or node is None:
            return None
        if is_standard(node, "ConstantOfShape"):
            value = home.attributes(node).get("value")
            return None if value is not None and self.tensors.array(value.t).any() else []
        operands = node.input if is_standard(node, "Concat") else node.input[:1]
        zeros = is_standard(node, "Concat", *OF_ZEROS) and all(operands)
        return [(home, operand) for operand in operands] if zeros else None

    def _follow(self, wanted: Key) -> None:
        """Find a tensor, and all that it rests on, each after what it is computed of."""
        pending, begun = [wanted], set()
        while pending:
            key = pending[-1]
            if key in self._known:
                begun.discard(pending.pop())
                continue
            afford("folded", len(self._known) + len(pending), what=f"what {wanted[1]!r} rests on")
            source = self.source(key)
            missing = [one for one in _rests_on(source) if one not in self._known]
            if any(one in begun or one == key for one in missing):
                raise ModelError(f"the model computes {key[1]!r} from itself; export it anew")
            if missing:
                begun.add(key)
                pending += missing
            else:
                self._known[key] = self._made(source)

    def _made(self, source: Any) -> Value:
        if isinstance(source, Alias):
            return self._known[source.key]
        if not isinstance(source, Computed):
            return source
        for operand in source.operands:
            found = None if operand is None else self._known[operand]
            if operand is not None and isinstance(found, Absent):
                root = found.root or found.given or operand[1]
                return Absent(found.what, found.given, operator(source.node), root)
        return self._computed(source)

    def _computed(self, source: Computed) -> NDArray[Any]:
        node = source.node
        arrays = [None if key is None else self._read(key) for key in source.operands]
        where = f"{operator(node)} at {called(node)}"
        mend = "store its result in the model, or export that anew"
        try:
            made = self._operation(source, arrays)[source.output]
        except ModelError as error:
            raise ModelError(f"{where} {error}; {mend}") from error
        except SymlstmError:
            raise
        except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise ModelError(f"{where} cannot be: {one_line(error)}; {mend}") from error
        shared = any(a is not None and np.may_share_memory(a, made) for a in arrays)
        self.size += 0 if shared else math.prod(made.shape)
        afford("values", self.size, what="what the model computes of its stored tensors")
        return made

    def _operation(self, source: Computed, arrays: Sequence[Any]) -> list[NDArray[Any]]:
        """Return all outputs of a node; its errors go on from what the node is called."""
        function, node = OPERATIONS[source.node.op_type], source.node
        attributes = source.scope.attributes(node)
        options = {name: self._attribute(attribute) for name, attribute in attributes.items()}
        unknown = set(options) - set(signature(function).parameters)
        unknown |= {"given", "outputs"} & set(options)
        if unknown:
            raise ModelError(f"has the attribute {min(unknown)!r}, which is none")
        if node.op_type == "Split":
            options["outputs"] = len(node.output)
        return function(arrays, **options)

    def _attribute(self, attribute: Any) -> Any:
        helper = require("onnx.helper", "onnx")
        value = helper.get_attribute_value(attribute)
        if value is None:
            raise ModelError(f"has the attribute {attribute.name!r}, which has no type")
        return self.tensors.array(value) if attribute.HasField("t") else value

    def _read(self, key: Key) -> Any:
        value = self._known[key]
        if isinstance(value, Stored):
            value = self._known[key] = self.tensors.array(value.tensor)
        return value


def _rests_on(source: Any) -> Iterator[Key]:
    if isinstance(source, Alias):
        yield source.key
    elif isinstance(source, Computed):
        yield from (operand for operand in source.operands if operand is not None)


def _computed_by(node: Any) -> Absent:
    return Absent(f"is computed in the model by {operator(node)}")


def _argument(caller: Scope, node: Any, place: int) -> Alias | Absent:
    """Return what a function is called with for its input."""
    given = node.input[place] if place < len(node.input) else ""
    return Alias((caller, given)) if given else Absent("is not given to its function")


def _output(scope: Scope, place: int) -> Alias | Absent:
    """Return an output of a branch, or of a function."""
    outputs = [str(getattr(value, "name", value)) for value in scope.proto.output]
    if place >= len(outputs):
        return Absent(f"is no output of {'/'.join(scope.path)}")
    return Alias((scope, outputs[place]))


def _constant(home: Scope, node: Any) -> Stored | Absent:
    """Return the tensor of a node ``Constant``."""
    helper = require("onnx.numpy_helper", "onnx")
    attributes = home.attributes(node)
    if len(attributes) != 1 or min(attributes) not in CONSTANTS:
        return _computed_by(node)
    ((name, attribute),) = attributes.items()
    if name == "value":
        return Stored(attribute.t) if attribute.HasField("t") else _computed_by(node)
    field_ = {"value_float": "f", "value_int": "i"}.get(name, name.removeprefix("value_"))
    values = np.array(getattr(attribute, field_), CONSTANTS[name])
    return Stored(helper.from_array(values))
