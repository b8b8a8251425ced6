"""PyTorch's own runs, and its autograd, against references of the layers taken over from it."""

import numpy as np
import pytest
from alike import assert_alike
from components import missing

from symlstm import GRU, LSTM, Network, ProjectedLSTM, SimpleRNN, SymlstmError
from symlstm.errors import ModelError
from symlstm.frameworks.torch import from_torch
from symlstm.frameworks.torch_runtime import implementation
from symlstm.numbers.exact import rational


@pytest.fixture
def torch():
    try:
        import torch
    except ImportError:
        missing("torch")
    return torch


OPTIONS = [
    {},
    {"bias": False},
    {"num_layers": 2, "batch_first": True},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
    {"proj_size": 2},
    {"proj_size": 3, "num_layers": 2, "bidirectional": True, "bias": False},
    {"kind": "GRU"},
    {"kind": "GRU", "num_layers": 2, "bidirectional": True, "batch_first": True},
    {"kind": "GRU", "bias": False, "bidirectional": True},
    {"kind": "RNN"},
    {"kind": "RNN", "nonlinearity": "relu", "num_layers": 2, "bidirectional": True},
]


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_outputs_states_and_gradients_are_those_of_pytorch(torch, options, dtype):
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    kind = getattr(torch.nn, options.get("kind", "LSTM"))
    given = {name: value for name, value in options.items() if name != "kind"}
    module = kind(3, 4, **given, dtype=getattr(torch, dtype))
    count = (1 + module.bidirectional) * module.num_layers
    out = options.get("proj_size", 4)
    states = (out, 4) if kind is torch.nn.LSTM else (out,)
    sizes = [(count,) * (count > 1) + (2, size) for size in states]
    states = [rng.normal(size=size).astype(dtype) for size in sizes]
    inputs = rng.normal(size=(2, 5, 3)).astype(dtype)
    grad = rng.normal(size=(2, 5, out * (1 + module.bidirectional))).astype(dtype)
    tolerance = {"float64": 1e-13, "float32": 1e-5}[dtype]
    computed = assert_alike(implementation(module), inputs, states, grad, tolerance)
    parameters = len({name.rpartition("_l")[0] for name, _ in module.named_parameters()})
    added = int(module.bias and kind is not torch.nn.GRU)
    assert len(computed) == 2 + len(states) + count * (parameters - added)


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell"])
def test_a_cell_is_stepped_through(torch, kind):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    cell = getattr(torch.nn, kind)(2, 3).double()
    states = [rng.normal(size=(2, 3)) for _ in from_torch(cell).cell.states]
    grad = rng.normal(size=(2, 4, 3))
    assert_alike(implementation(cell), rng.normal(size=(2, 4, 2)), states, grad, 1e-13)


def test_packed_sequences_stop_where_they_end(torch):
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    module = torch.nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True).double()
    x = torch.tensor(rng.normal(size=(3, 5, 3)), requires_grad=True)
    lengths = [5, 3, 1]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    out, (h, c) = module(packed)
    out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    grad, grad_h, grad_c = (torch.tensor(rng.normal(size=tuple(v.shape))) for v in (out, h, c))
    ((out * grad).sum() + (h * grad_h).sum() + (c * grad_c).sum()).backward()
    reference = from_torch(module).reference(
        x.detach().numpy(), dtype="float64", sequence_lens=lengths
    )
    for true, floats in zip(
        [reference.sequence_out, reference.state_h, reference.state_c], [out, h, c], strict=True
    ):
        np.testing.assert_allclose(true, floats.detach().numpy(), atol=1e-14)
    seeds = {"grad_sequence": grad, "grad_state_h": grad_h, "grad_state_c": grad_c}
    gradients = reference.backward(**{name: seed.numpy() for name, seed in seeds.items()})
    np.testing.assert_allclose(gradients.inputs, x.grad.numpy(), atol=1e-14)
    kernel = module.weight_ih_l1_reverse.grad.numpy().T
    np.testing.assert_allclose(gradients.layers[3].kernel, kernel, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_weights_are_those_of_the_module_bit_for_bit(torch, dtype):
    module = torch.nn.LSTM(2, 3, dtype=getattr(torch, dtype))
    layer = from_torch(module)
    assert layer.cell == LSTM(3, 2)
    for row, gate in enumerate("ifco"):
        rows = slice(3 * row, 3 * row + 3)
        for ours, theirs in (("W", "weight_ih_l0"), ("U", "weight_hh_l0")):
            floats = getattr(module, theirs)[rows].tolist()
            exact = [[rational(value) for value in line] for line in floats]
            assert layer.weights[f"{ours}_{gate}"].tolist() == exact
        biases = zip(
            module.bias_ih_l0[rows].tolist(), module.bias_hh_l0[rows].tolist(), strict=True
        )
        summed = [[rational(first) + rational(second)] for first, second in biases]
        assert layer.weights[f"b_{gate}"].tolist() == summed


def test_the_rows_of_a_gru_are_r_z_and_n(torch):
    module = torch.nn.GRU(2, 3)
    weights = from_torch(module).weights
    for row, gate in enumerate("rzh"):
        rows = slice(3 * row, 3 * row + 3)
        assert (weights[f"W_{gate}"].astype(float) == module.weight_ih_l0[rows].tolist()).all()
        assert (weights[f"U_{gate}"].astype(float) == module.weight_hh_l0[rows].tolist()).all()
    for name, bias in (("b_h", module.bias_ih_l0), ("d_h", module.bias_hh_l0)):
        assert weights[name].ravel().astype(float).tolist() == bias[6:].tolist()


def test_packed_sequences_of_a_gru_stop_where_they_end(torch):
    torch.manual_seed(2)
    rng = np.random.default_rng(2)
    module = torch.nn.GRU(3, 2, bidirectional=True).double()
    rows = [torch.tensor(rng.normal(size=(length, 3))) for length in (4, 2)]
    packed = torch.nn.utils.rnn.pack_sequence(rows)
    grad = rng.normal(size=(2, 4, 4))
    states = [rng.normal(size=(2, 2, 2))]
    assert_alike(implementation(module), packed, states, grad, 1e-13)


def test_what_a_module_becomes(torch):
    projected = from_torch(torch.nn.LSTM(2, 3, proj_size=1))
    assert projected.cell == ProjectedLSTM(3, 2, proj_size=1)
    stacked = from_torch(torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True))
    assert isinstance(stacked, Network)
    assert from_torch(torch.nn.GRU(2, 3)).cell == GRU(3, 2)
    assert from_torch(torch.nn.GRUCell(2, 3, bias=False)).cell == GRU(3, 2, use_bias=False)
    for made in (torch.nn.RNN(2, 3, nonlinearity="relu"), torch.nn.RNNCell(2, 3, True, "relu")):
        assert from_torch(made).cell == SimpleRNN(3, 2, activation="relu")
    assert [layer.go_backwards for layer in stacked.layers] == [False, True] * 2
    assert [layer.cell.input_dim for layer in stacked.layers] == [2, 2, 6, 6]


def test_what_is_not_supported_is_named(torch):
    class Own(torch.nn.LSTM):
        pass

    for module, name in ((torch.nn.Conv1d(1, 1, 1), "Conv1d"), (Own(1, 1), "Own")):
        with pytest.raises(ModelError, match=f"{name} is not supported; give a torch"):
            from_torch(module)
    module = torch.nn.LSTM(1, 1, num_layers=2, dropout=0.5)
    with pytest.raises(ModelError, match=r"dropout=0.5 .* call its eval\(\) first"):
        from_torch(module)
    assert isinstance(from_torch(module.eval()), Network)
    with torch.no_grad():
        module.weight_hh_l1[0, 0] = float("nan")
    with pytest.raises(SymlstmError, match="is nan, which is no finite number"):
        from_torch(module)
