"""What PyTorch's exporter makes of its LSTM, folded and unfolded, is what PyTorch has."""

import io
import warnings

import numpy as np
import pytest
from components import required

from symlstm import from_onnx, from_torch
from symlstm.errors import ShapeError


@pytest.fixture(autouse=True)
def torch(onnx):
    return required("PyTorch", "torch")[0]


def exported(torch, module, *inputs, folded, names=("x",)):
    """Return a model; the exporter that needs no further package warns that there is another."""
    from onnx import load_model_from_string

    file = io.BytesIO()
    axes = {name: {0: f"{name}0", 1: f"{name}1"} for name in names}
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(
            module,
            inputs,
            file,
            dynamo=False,
            do_constant_folding=folded,
            input_names=list(names),
            dynamic_axes=axes,
        )
    return load_model_from_string(file.getvalue())


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_layers_are_those_of_the_module(torch, folded, bidirectional):
    torch.manual_seed(0)
    module = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=bidirectional)
    proto = exported(torch, module, torch.randn(5, 2, 3), folded=folded)
    nodes = [node.name for node in proto.graph.node if node.op_type == "LSTM"]
    layers = [layer for node in nodes for layer in from_onnx(proto, node=node).layers]
    expected = from_torch(module).layers
    assert len(layers) == len(expected) == 2 * (1 + bidirectional)
    for layer, other in zip(layers, expected, strict=True):
        assert layer.go_backwards == other.go_backwards
        assert (layer.initial_state, layer.no_initial_state) == (None, None)
        for group in ("kernel", "recurrent_kernel", "bias"):
            assert (layer[group] == other[group]).all()


@pytest.mark.parametrize("folded", [True, False])
def test_states_that_are_given_to_the_model_are_asked_for_by_each_node(torch, folded):
    torch.manual_seed(0)
    module = torch.nn.LSTM(3, 4, num_layers=2)
    states = torch.randn(2, 2, 2, 4)

    class Given(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, x, h, c):
            return self.inner(x, (h, c))

    x = torch.randn(5, 2, 3)
    proto = exported(torch, Given(), x, *states, folded=folded, names=("x", "h", "c"))
    first = next(node.name for node in proto.graph.node if node.op_type == "LSTM")
    layer = from_onnx(proto, node=first)
    inputs = x.numpy().transpose(1, 0, 2)
    message = "initial_h is computed in the model by Slice of 'h', which is an input of the model"
    with pytest.raises(ShapeError, match=message):
        layer.reference(inputs)
    given = [state[0].numpy() for state in states]
    lowest = from_torch(module).layers[0]
    ours, theirs = (one.reference(inputs, initial_state=given) for one in (layer, lowest))
    assert (ours.sequence_out == theirs.sequence_out).all()
    with torch.no_grad():
        alone = torch.nn.LSTM(3, 4)
        alone.load_state_dict({n: w for n, w in module.state_dict().items() if n.endswith("l0")})
        out, _ = alone(x, (states[0, :1], states[1, :1]))
    np.testing.assert_allclose(
        ours.sequence_out, out.numpy().transpose(1, 0, 2), rtol=1e-5, atol=1e-6
    )
