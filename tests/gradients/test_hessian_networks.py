"""Hessian-vector products of networks, against PyTorch's and differences of 120-digit gradients."""

import numpy as np
import pytest
from components import required
from differences import STEP, Drawn, compared

from symlstm import LSTM, Dense, Network, from_torch
from symlstm.errors import CellError, ShapeError

SLOWLY = [("concat", False), ("mul", True), ("ave", False), ("sum", True)]


@pytest.mark.parametrize(
    ("merge", "seeded"),
    [
        ("mul", False),
        ("concat", True),
        (None, True),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in SLOWLY),
    ],
)
def test_networks_have_the_differences_of_their_gradients(merge, seeded):
    first = [Drawn(LSTM(1, 2), seed=k, go_backwards=bool(k)) for k in range(2)]
    size = 2 if merge == "concat" else 1
    second = [Drawn(LSTM(1, size), seed=k, go_backwards=k == 2) for k in (2, 3)]
    levels = [first, second] if merge else [first]
    every = [one for level in levels for one in level]
    inputs, moved_inputs = first[0].at[1], first[0].direction[1]
    mask = [[True, True, True], [True, False, True]]
    shape = np.shape(Network([[one.run()[0] for one in level] for level in levels], merge).run(
        inputs, algebra="float").sequence_out)  # fmt: skip
    targets = np.arange(np.prod(shape)).reshape(shape) / 8

    def gradients(moved, digits):
        stack = [[one.run(moved)[0] for one in level] for level in levels]
        network = Network(stack, merge)
        trace = network.run(inputs + moved * moved_inputs, algebra="ball", digits=digits, mask=mask)
        if seeded:
            return trace.backward(grad_sequence="2/3", seeds={0: {"c": {2: 1}}})
        return trace.loss(targets).backward()

    directions = {k: one.direction[0] for k, one in enumerate(every)}
    product = gradients(0, 30).hessian_vector_product(directions, inputs=moved_inputs)
    above, below = gradients(STEP, 120), gradients(-STEP, 120)
    for k, one in enumerate(every):
        compared(*(each.layers[k] for each in (product, above, below)), one.cell.weights)
    np.testing.assert_array_equal(np.shape(product.initial_state[1]), (len(every), 2, 1))


def of_layer(vectors, suffix):
    return {
        "kernel": vectors[f"weight_ih_{suffix}"].T,
        "recurrent_kernel": vectors[f"weight_hh_{suffix}"].T,
        "bias": vectors[f"bias_ih_{suffix}"] + vectors[f"bias_hh_{suffix}"],
    }


@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("from_logits", [True, False])
def test_networks_with_heads_and_losses_are_those_of_torch(return_sequences, from_logits):
    (torch,) = required("torch", "torch")
    torch.manual_seed(3)
    lstm = torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True).double()
    linear = torch.nn.Linear(6, 4).double()
    x = torch.randn(2, 4, 2, dtype=torch.double, requires_grad=True)
    out, (h, _) = lstm(x)
    y = linear(out if return_sequences else torch.cat([h[-2], h[-1]], -1))
    if from_logits:
        targets = torch.randint(0, 4, y.shape[:-1])
        loss = torch.nn.functional.cross_entropy(y.reshape(-1, 4), targets.reshape(-1))
    else:
        targets = torch.rand(y.shape, dtype=torch.double)
        loss = torch.nn.functional.binary_cross_entropy(torch.sigmoid(y), targets)
    named = {"x": x, **dict(lstm.named_parameters()), "w": linear.weight, "b": linear.bias}
    vectors = {name: torch.randn_like(one) for name, one in named.items()}
    gradients = torch.autograd.grad(loss, list(named.values()), create_graph=True)
    along = sum((g * v).sum() for g, v in zip(gradients, vectors.values(), strict=True))
    theirs = torch.autograd.grad(along, list(named.values()))
    theirs = dict(zip(named, (one.numpy() for one in theirs), strict=True))
    vectors = {name: one.numpy() for name, one in vectors.items()}
    head = Dense(4, 6, activation=None if from_logits else "sigmoid").bind(
        kernel=linear.weight.detach().numpy().T, bias=linear.bias.detach().numpy()
    )
    network = Network(from_torch(lstm).levels, head=head, return_sequences=return_sequences)
    suffixes = ["l0", "l0_reverse", "l1", "l1_reverse"]
    direction = {k: of_layer(vectors, suffix) for k, suffix in enumerate(suffixes)}
    direction[4] = {"kernel": vectors["w"].T, "bias": vectors["b"]}
    options = {"loss": "categorical_crossentropy" if from_logits else "binary_crossentropy"}
    options |= {"from_logits": from_logits, "algebra": "float"}
    found = network.loss(x.detach().numpy(), targets.numpy(), **options).backward()
    product = found.hessian_vector_product(direction, inputs=vectors["x"])
    close = {"rtol": 1e-9, "atol": 1e-15}
    np.testing.assert_allclose(product.inputs, theirs["x"], **close)
    np.testing.assert_allclose(product.layers[4].kernel, theirs["w"].T, **close)
    for layer, suffix in zip(product.layers, suffixes, strict=False):
        np.testing.assert_allclose(layer.kernel, theirs[f"weight_ih_{suffix}"].T, **close)
        np.testing.assert_allclose(layer.recurrent_kernel, theirs[f"weight_hh_{suffix}"].T, **close)
        np.testing.assert_allclose(layer.bias, theirs[f"bias_ih_{suffix}"], **close)


LAYER = LSTM(2, activation=None, recurrent_activation=None).bind(
    kernel=1, recurrent_kernel=0, bias=0
)
STACK = Network([[LAYER]], head=Dense(1, 2).bind(kernel=1, bias=0)).run([1, 2])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "the direction is missing"),
        ({"direction": {"kernel": 1}}, "give the weights of each layer by its number, from 0 to 1"),
        ({"direction": {2: {"kernel": 1}}}, "by its number, from 0 to 1"),
        ({"direction": {1: {"W_i": 1}}}, "has no weights 'W_i'"),
        ({"initial_state": [1]}, r"initial_state takes \[h, c\]"),
    ],
)
def test_networks_say_so_too(given, message):
    with pytest.raises((CellError, ShapeError), match=message):
        STACK.backward().hessian_vector_product(**given)


def test_gradients_of_a_part_have_no_hessian_of_the_whole():
    with pytest.raises(CellError, match="are of a part of a run"):
        STACK.backward().layers[0].hessian_vector_product({"kernel": 1})
