"""PyTorch's layers with a Linear behind them: outputs, losses and gradients beside its own."""

import numpy as np
import pytest
from components import required

import symlstm
from symlstm import Dense, Network, from_torch
from symlstm.errors import ModelError, SymlstmError
from symlstm.testing import assert_right


@pytest.fixture
def torch():
    return required("torch", "torch")[0]


KINDS = {
    "LSTM": {"num_layers": 2, "bidirectional": True},
    "GRU": {"bidirectional": True},
    "RNN": {"num_layers": 2},
}


def model(torch, kind, dtype, *behind):
    """Return a recurrent module, and a head of four outputs behind it."""
    torch.manual_seed(len(kind))
    options = {**KINDS[kind], "batch_first": True, "dtype": getattr(torch, dtype)}
    module = getattr(torch.nn, kind)(2, 3, **options)
    linear = torch.nn.Linear(3 * (1 + module.bidirectional), 4, dtype=options["dtype"])
    return module, torch.nn.Sequential(torch.nn.Dropout(0.5), linear, *behind).eval()


def outputs(torch, module, head, x, *, last):
    out, states = module(x)
    h = states[0] if isinstance(states, tuple) else states
    ended = torch.cat([h[-2], h[-1]], -1) if module.bidirectional else h[-1]
    return head(ended if last else out)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_several_linear_layers_stand_one_behind_the_other(torch, kind, last):
    nn = torch.nn
    more = [nn.ReLU(), nn.Linear(4, 3), nn.Dropout(0.5), nn.Tanh(), nn.Linear(3, 2), nn.Sigmoid()]
    module, head = model(torch, kind, "float64", *(one.double() for one in more))
    network = from_torch(module, head=head, return_sequences=not last)
    x = np.random.default_rng(1).normal(size=(2, 4, 2))
    tensor = torch.tensor(x, requires_grad=True)
    y = outputs(torch, module, head, tensor, last=last)
    assert_right(y.detach().numpy(), network.reference(x, dtype="float64"))
    targets = np.random.default_rng(2).uniform(size=y.shape)
    criterion = nn.MSELoss()
    criterion(y, torch.tensor(targets)).backward()
    loss = network.loss(x, targets, algebra="ball", digits=20, **symlstm.loss_options(criterion))
    gradients = loss.backward()
    found = [gradients.inputs, *(gradients.layers[-k].kernel.T for k in (1, 2, 3))]
    linear = [one for one in head if isinstance(one, nn.Linear)][::-1]
    known = [tensor.grad, *(one.weight.grad for one in linear)]
    for one, other in zip(found, known, strict=True):
        np.testing.assert_allclose(one.astype(float), other.numpy(), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_linear_behind_a_module_is_a_head(torch, kind, dtype, last):
    module, head = model(torch, kind, dtype, torch.nn.LogSoftmax(-1))
    network = from_torch(module, head=head, return_sequences=not last)
    assert network.head.cell == Dense(4, head[1].in_features, activation="log_softmax")
    x = np.random.default_rng(1).normal(size=(2, 4, 2)).astype(dtype)
    tensor = torch.tensor(x, requires_grad=True)
    y = outputs(torch, module, head, tensor, last=last)
    reference = network.reference(x, dtype=dtype)
    assert_right(y.detach().numpy(), reference)
    targets = np.random.default_rng(2).integers(4, size=y.shape[:-1])
    criterion = torch.nn.NLLLoss(reduction="sum")
    loss = criterion(y.reshape(-1, 4), torch.tensor(targets).reshape(-1))
    loss.backward()
    true = reference.loss(targets, **symlstm.loss_options(criterion))
    np.testing.assert_allclose(loss.item(), true.value, rtol={"float64": 1e-14}.get(dtype, 1e-6))
    gradients = {"inputs": tensor.grad, "layers[0].kernel": module.weight_ih_l0.grad.T}
    rows = {"LSTM": "ifco", "GRU": "rzh", "RNN": " "}[kind]
    if rows == "rzh":
        r, z, n = np.split(gradients["layers[0].kernel"].numpy(), 3, axis=1)
        gradients["layers[0].kernel"] = np.concatenate([z, r, n], axis=1)
    gradients[f"layers[{len(network.layers) - 1}].W_y"] = head[1].weight.grad
    assert_right({name: np.array(array) for name, array in gradients.items()}, true.backward())


def test_the_last_of_all_outputs_is_not_what_both_directions_end_with(torch):
    module, head = model(torch, "GRU", "float64")
    x = np.random.default_rng(1).normal(size=(2, 4, 2))
    network = from_torch(module, head=head)
    y = head(module(torch.tensor(x))[0][:, -1])
    reference = network.reference(x, dtype="float64")
    np.testing.assert_allclose(reference.sequence_out[:, -1], y.detach().numpy(), rtol=1e-13)
    ended = from_torch(module, head=head, return_sequences=False)
    assert not np.allclose(ended.reference(x).sequence_out[:, -1], y.detach().numpy())
    targets = np.zeros((2, 4))
    loss = torch.nn.functional.mse_loss(y, torch.tensor(targets))
    np.testing.assert_allclose(float(reference.loss(targets).value), loss.item(), rtol=1e-13)


class Tagger:
    """Makes a module of its own that has an LSTM and a head inside, and an embedding."""

    def __new__(cls, torch):
        class Inner(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = torch.nn.Embedding(5, 2)
                self.lstm = torch.nn.LSTM(2, 3, batch_first=True)
                self.norm = torch.nn.LayerNorm(3)
                self.out = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Sigmoid())
                self.bare = torch.nn.Linear(3, 1, bias=False)

        torch.manual_seed(0)
        return Inner()


def test_heads_go_by_their_names_in_modules_and_state_dicts(torch):
    module = Tagger(torch)
    assert list(symlstm.layers_of(module)) == ["lstm", "out.0", "bare"]
    assert list(symlstm.layers_of(module.state_dict())) == ["lstm", "out.0"]
    assert list(symlstm.layers_of({"lstm.weight_ih": [[1]], "lstm.weight_hh": [[1]]})) == ["lstm"]
    with pytest.raises(ModelError, match="has no layer that can be taken over"):
        symlstm.layers_of(torch.nn.Linear(1, 1))
    named = from_torch(module, head="out", return_sequences=False)
    assert named.head.cell == Dense(2, 3, activation="sigmoid")
    assert from_torch(module, "lstm", head=module.bare).head.cell == Dense(1, 3, use_bias=False)
    arrays = module.state_dict()
    for head, of_module in (("out.0", "out.0"), ("bare", module.bare)):
        one, other = from_torch(arrays, head=head), from_torch(module, head=of_module)
        assert isinstance(one, Network)
        assert (one.head.kernel == other.head.kernel).all()
    linear = from_torch(module.bare)
    assert linear.kernel.T.astype(float).tolist() == module.bare.weight.tolist()


def test_what_is_no_head_is_named(torch):
    nn, module = torch.nn, Tagger(torch)
    lstm = nn.LSTM(2, 3)
    for head, message in [
        (nn.Conv1d(3, 1, 1), r"Conv1d\(3, 1.* is no part of a head; give a torch.nn.Linear"),
        (nn.Sequential(nn.Tanh(), nn.Linear(3, 1)), r"Tanh\(\) is no part of a head"),
        (nn.Sequential(nn.Linear(3, 3), nn.Softmax(0)), r"Softmax\(dim=0\) is no part of a head"),
        (nn.Sequential(nn.Linear(3, 3), nn.ELU()), "ELU.* is no part of a head"),
        (nn.Sequential(), r"Sequential\(\) is no part"),
        (nn.Linear(4, 1), "is given inputs of size 3; make that its input_dim"),
    ]:
        with pytest.raises(ModelError, match=message) as caught:
            from_torch(lstm, head=head)
        assert "\n" not in str(caught.value)
    for model, head, message in [
        (module, "oud", "has no module 'oud' inside; .*out.0"),
        (module.state_dict(), "oud", "has no oud.weight, as a head of 'oud' has; .*out.0"),
        (
            module.state_dict(),
            "norm",
            r"norm has arrays of shapes .* a weight of \(rows, col",
        ),
        (lstm, None, "return_sequences=False is for a head"),
    ]:
        with pytest.raises(ModelError, match=message):
            from_torch(model, head=head, return_sequences=False)
    with pytest.raises(SymlstmError, match="is audited as a function of the inputs"):
        symlstm.audit(nn.Linear(3, 1), cases=1)
    with pytest.raises(SymlstmError, match="has a head, of which no mistakes are known"):
        from_torch(lstm, head=nn.Linear(3, 1)).diagnose(np.ones((1, 1, 2), "f"), np.ones((1, 1, 1)))


@pytest.mark.slow
def test_a_network_with_a_head_is_audited(torch):
    module, head = model(torch, "LSTM", "float64")

    def last(x):
        return outputs(torch, module, head, torch.tensor(x), last=True).detach().numpy()

    network = from_torch(module, head=head, return_sequences=False)
    found = symlstm.audit(last, layer=network, dtype="float64", cases=2, steps=3, workers=1)
    assert found.verdict == "right"
    out = last(np.ones((1, 3, 2)))
    reference = network.reference(np.ones((1, 3, 2)), dtype="float64")
    with pytest.raises(AssertionError, match="sequence_out is the first: at step 3, unit 0"):
        assert_right(1.01 * out, reference)
