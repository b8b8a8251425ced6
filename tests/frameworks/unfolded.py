"""ONNX models whose weights are worked out of stored tensors, as exporters leave them."""

import contextlib

import numpy as np

with contextlib.suppress(ImportError):
    from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Unfolded:
    """Takes arrays apart at random: stored tensors, and the nodes that put them together anew."""

    def __init__(self, rng):
        self.rng, self.nodes, self.stored, self.functions, self.count = rng, [], [], [], 0

    def name(self):
        self.count += 1
        return f"t{self.count}"

    def store(self, array):
        """Return the name of an array that is stored, as an initializer or a constant."""
        name = self.name()
        tensor = numpy_helper.from_array(np.asarray(array, order="C"), name)
        if self.rng.integers(2):
            self.stored.append(tensor)
        else:
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        return name

    def whole(self, *numbers):
        return self.store(np.array(numbers, np.int64))

    def node(self, operator, inputs, outputs=1, **attributes):
        names = [self.name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names if outputs > 1 else names[0]

    def apart(self, array, depth):
        """Return the name of a tensor that comes to an array after so many operations or more."""
        if not depth or not array.ndim:
            return self.store(array)
        ways = [self.identity, self.joined, self.cut, self.reshaped, self.transposed, self.split,
                self.squeezed, self.unsqueezed, self.picked, self.cast, self.repeated,
                self.flattened, self.chosen, self.called]  # fmt: skip
        return ways[self.rng.integers(len(ways))](array, depth - 1)

    def identity(self, array, depth):
        return self.node("Identity", [self.apart(array, depth)])

    def axis(self, array):
        axis = int(self.rng.integers(array.ndim))
        return axis, axis - array.ndim if self.rng.integers(2) else axis

    def joined(self, array, depth):
        axis, said = self.axis(array)
        at = int(self.rng.integers(array.shape[axis] + 1))
        parts = [self.apart(part, depth) for part in np.split(array, [at], axis)]
        return self.node("Concat", parts, axis=said)

    def cut(self, array, depth):
        axis, said = self.axis(array)
        if not array.shape[axis]:
            return self.identity(array, depth)
        step = int(self.rng.choice([1, 2, -1, -2]))
        before, after = self.rng.integers(0, 3, 2)
        size = array.shape[axis]
        wide = [(0, 0)] * array.ndim
        wide[axis] = (int(before), int(after))
        spread = np.repeat(array if step > 0 else np.flip(array, axis), abs(step), axis)
        padded = np.pad(spread, wide, constant_values=7)
        last, end = padded.shape[axis], before + size * abs(step)
        start, end = (before, end) if step > 0 else (end - 1, before - 1)
        start = int(start) - (last if self.rng.integers(2) else 0)
        end = -(2**62) if end < 0 else int(end)
        places = [self.whole(value) for value in (start, end, said, step)]
        return self.node("Slice", [self.apart(padded, depth), *places])

    def reshaped(self, array, depth):
        shape = list(array.shape)
        k = int(self.rng.integers(array.ndim))
        if array.size:
            shape[k] = -1
        flat = array.reshape(-1)
        return self.node(
            "Reshape", [self.apart(flat, depth), self.whole(*shape)], allowzero=0**flat.size
        )

    def flattened(self, array, depth):
        flat = self.node("Flatten", [self.apart(array, depth)], axis=0)
        return self.node("Reshape", [flat, self.whole(*array.shape)], allowzero=1)

    def transposed(self, array, depth):
        perm = [int(axis) for axis in self.rng.permutation(array.ndim)]
        inverse = np.transpose(array, np.argsort(perm))
        return self.node("Transpose", [self.apart(inverse, depth)], perm=perm)

    def split(self, array, depth):
        axis, said = self.axis(array)
        before, after = (int(size) for size in self.rng.integers(0, 3, 2))
        wide = [(0, 0)] * array.ndim
        wide[axis] = (before, after)
        sizes = self.whole(before, array.shape[axis], after)
        padded = self.apart(np.pad(array, wide), depth)
        return self.node("Split", [padded, sizes], outputs=3, axis=said)[1]

    def squeezed(self, array, depth):
        axis = int(self.rng.integers(array.ndim + 1))
        larger = self.apart(np.expand_dims(array, axis), depth)
        return self.node("Squeeze", [larger, self.whole(axis)])

    def unsqueezed(self, array, depth):
        ones = [axis for axis, size in enumerate(array.shape) if size == 1]
        if not ones:
            return self.identity(array, depth)
        smaller = self.apart(array.reshape(np.delete(array.shape, ones[0])), depth)
        return self.node("Unsqueeze", [smaller, self.whole(ones[0] - array.ndim)])

    def picked(self, array, depth):
        axis, said = self.axis(array)
        order = self.rng.permutation(array.shape[axis])
        back = np.argsort(order) - (array.shape[axis] if self.rng.integers(2) else 0)
        mixed = self.apart(np.take(array, order, axis), depth)
        return self.node("Gather", [mixed, self.store(back.astype(np.int64))], axis=said)

    def cast(self, array, depth):
        """The arrays are such that all of these types hold them."""
        other = np.dtype(self.rng.choice(["f2", "f4", "f8"]))
        kind = {"f2": TensorProto.FLOAT16, "f4": TensorProto.FLOAT, "f8": TensorProto.DOUBLE}
        back = kind[array.dtype.str[1:]]
        return self.node("Cast", [self.apart(array.astype(other), depth)], to=back)

    def repeated(self, array, depth):
        shape = self.whole(3, *[1] * array.ndim)
        many = self.node("Expand", [self.apart(array, depth), shape])
        return self.node("Gather", [many, self.store(np.array(2))], axis=0)

    def chosen(self, array, depth):
        """The value of a branch that is always taken, of a tensor around it."""
        inner, kept = self.apart(array, depth), self.nodes
        branches = []
        for name in (inner, self.store(np.zeros(1, array.dtype))):
            node = helper.make_node("Identity", [name], [self.name()])
            output = helper.make_tensor_value_info(node.output[0], 0, None)
            output.ClearField("type")
            branches.append(helper.make_graph([node], "branch", [], [output]))
        self.nodes, right = kept, bool(self.rng.integers(2))
        then, other = branches if right else branches[::-1]
        condition = self.store(np.array(right))
        return self.node("If", [condition], then_branch=then, else_branch=other)

    def called(self, array, depth):
        """What a function of the model makes of a tensor and an attribute."""
        name = f"turned{len(self.functions)}"
        perm = [int(axis) for axis in self.rng.permutation(array.ndim)]
        turn = helper.make_node("Transpose", ["given"], ["made"])
        attribute = helper.make_attribute("perm", [0])
        attribute.ClearField("ints")
        attribute.ref_attr_name = "order"
        turn.attribute.append(attribute)
        opsets = [helper.make_opsetid("", OPSET)]
        self.functions.append(
            helper.make_function("local", name, ["given"], ["made"], [turn], opsets, ["order"])
        )
        inverse = self.apart(np.transpose(array, np.argsort(perm)), depth)
        return self.node(name, [inverse], domain="local", order=perm)

    def model(self, weights, depth, **attributes):
        """Return a model of an LSTM with such weights, taken apart."""
        names = [self.apart(array, depth) for array in weights]
        lstm = helper.make_node("LSTM", ["X", *names], ["Y"], name="lstm", **attributes)
        dim = weights[0].shape[2]
        graph = helper.make_graph(
            [*self.nodes, lstm],
            "graph",
            [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["T", "N", dim])],
            [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)],
            self.stored,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("local", 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=8, functions=self.functions
        )
