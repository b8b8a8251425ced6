"""Training whole networks, with heads and losses, against PyTorch's autograd and optimizers."""

import numpy as np
import pytest
from components import required

from symlstm import LSTM, Dense, Network, from_torch
from symlstm.errors import ShapeError


def in_torch(torch, seed):
    torch.manual_seed(seed)
    lstm = torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True).double()
    return lstm, torch.nn.Linear(6, 4).double()


def taken_over(lstm, linear):
    head = Dense(4, 6).bind(
        kernel=linear.weight.detach().numpy().T, bias=linear.bias.detach().numpy()
    )
    return Network(from_torch(lstm).levels, head=head, return_sequences=False)


OPTIMIZERS = {
    "sgd": lambda torch, p: torch.optim.SGD(p, lr=0.1),
    "torch_momentum": lambda torch, p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "torch_adam": lambda torch, p: torch.optim.Adam(p, lr=0.01),
}


@pytest.mark.parametrize("algebra", ["float", "ball"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_all_layers_are_trained_as_torch_trains_them(optimizer, algebra):
    (torch,) = required("torch", "torch")
    lstm, linear = in_torch(torch, 3)
    network = taken_over(lstm, linear)
    rng = np.random.default_rng(4)
    inputs, targets = rng.normal(size=(4, 3, 2)), rng.integers(0, 4, size=4)
    # Here is one bias; of PyTorch's two, both would take the step.
    parameters = [p for name, p in lstm.named_parameters() if not name.startswith("bias_hh")]
    descent = OPTIMIZERS[optimizer](torch, [*parameters, *linear.parameters()])
    losses = []
    for _ in range(2):
        for batch in (slice(0, 3), slice(3, 4)):
            descent.zero_grad()
            _, (h, _) = lstm(torch.tensor(inputs[batch]))
            logits = linear(torch.cat([h[-2], h[-1]], -1))
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets[batch]))
            loss.backward()
            descent.step()
            losses.append(loss.item())
    settings = {"momentum": 0.9} if optimizer == "torch_momentum" else {}
    rate = 0.01 if optimizer == "torch_adam" else 0.1
    training = network.fit(
        inputs,
        targets,
        loss="categorical_crossentropy",
        from_logits=True,
        optimizer=optimizer,
        learning_rate=rate,
        batch_size=3,
        epochs=2,
        algebra=algebra,
        digits=12 if algebra == "ball" else None,
        **settings,
    )
    ours = [float(value.mid()) if algebra == "ball" else value for value in training.losses]
    np.testing.assert_allclose(ours, losses, rtol=1e-11)
    theirs = taken_over(lstm, linear)
    for mine, other in zip(training.layer.layers, theirs.layers, strict=True):
        for name in ("W_i", "b_f") if mine.cell.states else ("W_y", "b_y"):
            numbers = [
                float(n.mid()) if hasattr(n, "mid") else float(n)
                for n in np.ravel(mine.weights[name])
            ]
            np.testing.assert_allclose(
                numbers, np.ravel(other.weights[name]).astype(float), rtol=1e-8
            )


def test_a_linear_network_trains_exactly():
    layer = LSTM(1, activation=None, recurrent_activation=None).bind(
        kernel=1, recurrent_kernel=1, bias=0
    )
    network = Network([[layer]], head=Dense(1).bind(kernel=1, bias=0), return_sequences=False)
    options = {"loss": "half_squared_error", "learning_rate": "1/10"}
    training = network.fit([[1, 1]], [[10]], **options)
    assert training.losses == [2]  # of 12 and 10, as without a head
    alone = layer.fit([[1, 1]], [10], **options).layer
    trained = training.layer
    assert (trained.levels[0][0].weights["W_i"] == alone.weights["W_i"]).all()
    # The error is 2, and the head is given 12: 1 - 2 · 12 / 10, and 0 - 2 / 10.
    head = [str(trained.head.weights[name][0, 0]) for name in ("W_y", "b_y")]
    assert head == ["-7/5", "-1/5"]


def test_targets_that_do_not_fit_are_one_clear_error():
    layer = LSTM(1, activation=None, recurrent_activation=None).bind(
        kernel=1, recurrent_kernel=1, bias=0
    )
    network = Network([[layer], [layer]])
    options = {"loss": "half_squared_error", "learning_rate": "1/10"}
    with pytest.raises(ShapeError, match="give targets for each of them"):
        network.fit([[1, 1]], 3, **options)
