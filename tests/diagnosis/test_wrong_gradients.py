"""Gradients diagnosed: mistakes planted in a backpropagation by hand are named."""

from dataclasses import replace
from unicodedata import normalize

import numpy as np
import pytest
from bptt import GATES, MISTAKES, gradients
from components import required
from own_cells import EVERY, Alone, Mean

from symlstm import LSTM, Network, from_torch
from symlstm.diagnosis import diagnose
from symlstm.diagnosis.given import setup_of
from symlstm.diagnosis.screening.gradients import distances_by_name, observed_gradients, with_seeds
from symlstm.errors import SymlstmError


def normal(rng, *shape):
    return (0.7 * rng.normal(size=shape)).astype(np.float32)


def setup(seed, units=3, size=2, steps=4, batch=3):
    """A layer, its weights by gate, inputs, and a loss's gradients, all float32 and random."""
    rng = np.random.default_rng(seed)
    W = {g: normal(rng, units, size) for g in GATES}
    U = {g: normal(rng, units, units) for g in GATES}
    b = {g: normal(rng, units) for g in GATES}
    layer = LSTM(units=units, input_dim=size).bind(W=W, U=U, b=b)
    outside = normal(rng, batch, steps, units), normal(rng, batch, units)
    return layer, (W, U, b), normal(rng, batch, steps, size), *outside


def diagnosed(seed, wrong, *, names=None, max_faults=1, **sizes):
    layer, weights, x, dh, dc = setup(seed, **sizes)
    found = gradients(*weights, x, dh, dc, wrong)
    found = {name: found[name] for name in names or found}
    outside = {"grad_sequence": dh, "grad_state_c": dc}
    return diagnose(layer, x, gradients=found, **outside, max_faults=max_faults)


EXPECTED = {
    "no dh": "no-dh-from-next-step",
    "no dc": "no-dc-from-next-step-nor-outside",
    "last c ignored": "grad_state_c-ignored",
    "last step's loss alone": "loss-of-last-step-alone",
    "tanh' of tanh": "tanh'(c_t)-taken-at-tanh(c_t)-in-c̄_t",
    "no tanh' of c": "tanh'(c_t)-missing-from-h̄_t⊙o_t⊙tanh'(c_t)-in-c̄_t",
    "tanh' not squared": "1-y-of-y=tanh(c_t)-for-tanh'(c_t)-in-c̄_t",
    "dh without o": "o_t-missing-from-h̄_t⊙o_t-in-c̄_t",
    "c for tanh c": "tanh-missing-in-ō_t",
    "i for new": "i_t-for-c̃_t-in-ī_t",
    "c for c before": "c_t-for-c_{t-1}-everywhere",
    "f for i": "f_t-for-i_t-in-c̄~_t",
    "sigma' of sigma": ",t})-taken-at-σ(z_{",  # named by any of the gates
    "no sigma' of o": "σ'(z_{o,t})-missing-from-ō_t⊙σ'(z_{o,t})-in-δ_{o,t}",
    "no sigma' at all": "sigmoid'-missing-everywhere",
    "sigma' of i without i": "1-y-of-y=σ(z_{i,t})-for-σ'(z_{i,t})-in-δ_{i,t}",
    "no tanh' of new": "tanh'(z_{c̃,t})-missing-from-c̄~_t⊙tanh'(z_{c̃,t})-in-δ_{c̃,t}",
    "sign of f": "c̄_t⊙c_{t-1}-has-other-sign-in-f̄_t",
    "o's delta for all": "delta_o-for-all-weights",
    "f's delta for b_i": "δ_{f,t}-for-δ_{i,t}-in-b̄_{i,t}",
    "h for h before": "h_t-for-h_{t-1}-everywhere",
    "U transposed gradient": "recurrent_kernel-gradient-transposed",
    "assigned": "assigned-not-added",
    "U for Uᵀ": "all-U-transposed",
    "no f in dh": "δ_{f,t+1}-zero-at-every-step",
    "dc without f": "f_{t+1}-missing-from-c̄_{t+1}⊙f_{t+1}-in-c̄_t",
    "dc next doubled": "c̄_{t+1}⊙f_{t+1}-added-twice-in-c̄_t",
    "no o in dx": "W_oᵀ-δ_{o,t}-missing-in-x̄_t",
    "c itself for tanh": "1-y²-of-y=c_t-for-tanh'(c_t)-in-c̄_t",
    "mean over batch": "weights-gradient-mean-over-batch",
    "halved": "weights-gradient-halved",
    "mean over time": "weights-gradient-mean-over-time",
    "gates of the kernel in torch's order": "kernel-gradient-order-i-f-o-c",
}
"""What a planted mistake's name has in it; of those with several names, it is one of them."""


def is_named(diagnosis, wrong):
    best = diagnosis.best
    if best is None:
        return False
    wanted = normalize("NFC", EXPECTED[wrong])
    return any(wanted in normalize("NFC", name) for name in (*best.names, *best.equivalent))


QUICK = {"no dh", "tanh' of tanh", "h for h before", "mean over batch", "dc without f"}
EACH = [m if m in QUICK else pytest.param(m, marks=pytest.mark.slow) for m in MISTAKES]


@pytest.mark.parametrize("wrong", EACH)
def test_a_mistake_is_named_first(wrong):
    diagnosis = diagnosed(1, wrong)
    assert is_named(diagnosis, wrong), (diagnosis.best and diagnosis.best.names, str(diagnosis))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_of_all_sizes_nearly_all_are_named(seed):
    rng = np.random.default_rng(seed)
    wrong, named = 0, 0
    for mistake in MISTAKES:
        units, size, steps, batch = (int(rng.integers(1, most + 1)) for most in (4, 4, 6, 3))
        diagnosis = diagnosed(
            int(rng.integers(2**31)), mistake, units=units, size=size, steps=steps, batch=batch
        )
        if diagnosis.verdict != "right":  # one that does not show at this size is none
            wrong += 1
            named += is_named(diagnosis, mistake)
    assert named >= 0.9 * wrong


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 3, 5, 2), (4, 2, 6, 3), (1, 4, 3, 2)])
def test_right_gradients_are_right(sizes):
    names = ("units", "size", "steps", "batch")
    for seed in range(3):
        assert diagnosed(seed, None, **dict(zip(names, sizes, strict=True))).verdict == "right"


@pytest.mark.parametrize("bias", [True, False])
def test_pytorch_is_right(bias):
    (torch,) = required("PyTorch", "torch")
    torch.manual_seed(3)
    lstm = torch.nn.LSTM(3, 4, batch_first=True, bias=bias)
    x = torch.randn(2, 5, 3, requires_grad=True)
    outside = torch.randn(2, 5, 4)
    out, _ = lstm(x)
    (out * outside).sum().backward()
    (layer,) = from_torch(lstm).layers
    found = {"inputs": x.grad.numpy()}
    for letter, group in (("W", "weight_ih_l0"), ("U", "weight_hh_l0"), ("b", "bias_ih_l0")):
        parts = np.split(getattr(lstm, group).grad.numpy(), 4) if bias or letter != "b" else []
        found |= {f"{letter}_{g}": part for g, part in zip(GATES, parts, strict=False)}
    given = x.detach().numpy(), out.detach().numpy()
    diagnosis = diagnose(layer, *given, gradients=found, grad_sequence=outside.numpy())
    assert diagnosis.verdict == "right"


@pytest.mark.slow
def test_noise_is_not_explained():
    layer, weights, x, dh, dc = setup(5)
    rng = np.random.default_rng(0)
    found = gradients(*weights, x, dh, dc)
    found = {name: value * normal(rng, *value.shape) for name, value in found.items()}
    diagnosis = diagnose(layer, x, gradients=found, grad_sequence=dh, grad_state_c=dc, max_faults=1)
    assert diagnosis.verdict == "unexplained"
    assert diagnosis.best is None


def test_two_mistakes_of_which_each_shows_elsewhere():
    layer, weights, x, dh, dc = setup(6)
    found = gradients(*weights, x, dh, dc, "f's delta for b_i")
    found["kernel"] = gradients(*weights, x, dh, dc, "gates of the kernel in torch's order")[
        "kernel"
    ]
    diagnosis = diagnose(layer, x, gradients=found, grad_sequence=dh, grad_state_c=dc)
    assert set(diagnosis.best.names) == {
        "kernel-gradient-order-i-f-o-c",
        "δ_{f,t}-for-δ_{i,t}-in-b̄_{i,t}",
    }


def swapped(layer, x):
    """What a layer gives with the forget and the input gate exchanged, and its gradients."""
    weights = {**layer.weights}
    for letter in "WUb":
        weights[f"{letter}_i"], weights[f"{letter}_f"] = (
            layer.weights[f"{letter}_f"],
            layer.weights[f"{letter}_i"],
        )
    other = type(layer)(layer.cell, weights)
    reference = other.reference(x)
    return reference.sequence_out, reference.backward(grad_state_h=1)


@pytest.mark.slow
def test_a_wrong_run_explains_the_gradients_that_follow_from_it():
    layer, _, x, _, _ = setup(7)
    actual, backward = swapped(layer, x)
    found = {"inputs": backward.inputs, "c": backward["c"]}
    both = diagnose(layer, x, actual, gradients=found)
    assert len(both.best.faults) == 1
    assert "order" in both.best.names[0]
    assert set(both.best.outputs) == {"sequence_out", "inputs", "c"}
    assert (both.best.outputs["inputs"] == found["inputs"]).all()
    alone = diagnose(layer, x, gradients=found)
    assert alone.best.names == both.best.names
    doubled = diagnose(layer, x, actual, gradients={"inputs": 2 * found["inputs"]})
    assert doubled.best.names == (both.best.names[0], "loss-doubled")
    found["kernel"] = 2 * backward.kernel
    without_the_run = diagnose(layer, x, gradients=found)
    assert without_the_run.best.names == (both.best.names[0], "weights-gradient-doubled")


def test_a_cell_of_ones_own():
    rng = np.random.default_rng(2)
    cell = Mean(units=2, input_dim=3)
    layer = cell.bind(kernel=normal(rng, 3, 4), recurrent_kernel=normal(rng, 2, 2), bias=0)
    x, outside = normal(rng, 2, 3, 3), normal(rng, 2, 3, 2)
    W, U = ({n: np.float64(w) for n, w in layer.weights.items()} for _ in range(2))
    total = {"W_g": 0, "W_h": 0, "U_g": 0, "b_g": 0}
    for sequence, dh_outside in zip(np.float64(x), np.float64(outside), strict=True):
        h, steps = np.zeros(2), []
        for x_t in sequence:
            g = 1 / (1 + np.exp(-(W["W_g"] @ x_t + U["U_g"] @ h)))
            new = np.tanh(W["W_h"] @ x_t)
            steps.append((x_t, h, g, new))
            h = (h + g * new) / 2
        handed = np.zeros(2)
        for (x_t, before, g, new), at in reversed(list(zip(steps, dh_outside, strict=True))):
            dh = at + handed
            dz = dh * new / 2 * g * (1 - g)
            dn = dh * g / 2  # the mistake: the derivative of tanh is missing
            handed = dh / 2 + U["U_g"].T @ dz
            more = {"W_g": np.outer(dz, x_t), "W_h": np.outer(dn, x_t)}
            more |= {"U_g": np.outer(dz, before), "b_g": dz}
            total = {name: total[name] + more[name] for name in total}
    found = {name: np.float32(value) for name, value in total.items()}
    diagnosis = diagnose(layer, x, gradients=found, grad_sequence=outside)
    assert len(diagnosis.best.faults) == 1
    ((wrong, right),) = diagnosis.best.equations
    assert str(wrong.lhs) == str(right.lhs)
    assert "tanh'" in str(right)
    assert "tanh" not in str(wrong)
    assert str(wrong) in str(diagnosis)


def test_what_cannot_show_is_told():
    diagnosis = diagnosed(3, None, steps=1)
    assert diagnosis.verdict == "right"
    assert "no-dh-from-next-step" in diagnosis.untested
    assert "weights-gradient-halved" not in diagnosis.untested


def test_what_is_not_diagnosed_is_an_error():
    layer, _, x, *_ = setup(0)
    with pytest.raises(SymlstmError, match="nothing to diagnose"):
        diagnose(layer, x)
    with pytest.raises(SymlstmError, match="a network"):
        diagnose(Network([[layer]]), x, gradients={"inputs": x})


@pytest.mark.parametrize("given", ["mask", "sequence_lens"])
@pytest.mark.parametrize("wrong", [None, "no dh", "h for h before", "mean over batch"])
def test_what_is_left_out_of_sequences_has_no_gradients(given, wrong):
    layer, weights, x, dh, dc = setup(4, steps=5)
    counts = np.array([[1, 1, 1, 1, 1], [0, 1, 0, 1, 1], [1, 1, 0, 0, 0]], dtype=bool)
    if given == "sequence_lens":
        counts = np.arange(5) < np.array([5, 2, 3])[:, None]
    total, inputs = {}, np.zeros_like(x)
    for k, own in enumerate(counts):
        at = own.cumsum() - 1
        outside = np.zeros((own.sum(), dh.shape[-1]), np.float32)
        for step, number in enumerate(at):
            if number >= 0 and (given == "mask" or own[step]):
                outside[number] += dh[k, step]
        mistake = None if wrong == "mean over batch" else wrong  # which is made of the whole
        one = gradients(*weights, x[k, own][None], outside[None], dc[k][None], mistake)
        inputs[k, own] = one.pop("inputs")[0]
        total = {name: total.get(name, 0) + value for name, value in one.items()}
    if wrong == "mean over batch":
        total = {name: value / np.float32(3) for name, value in total.items()}
    options = {given: counts if given == "mask" else counts.sum(axis=1)}
    diagnosis = diagnose(
        layer,
        x,
        gradients={**total, "inputs": inputs},
        grad_sequence=dh,
        grad_state_c=dc,
        max_faults=1,
        **options,
    )
    assert diagnosis.verdict == ("right" if wrong is None else "explained"), str(diagnosis)
    assert wrong is None or is_named(diagnosis, wrong)


@pytest.mark.parametrize("given", [None, "mask", "sequence_lens"])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_what_is_screened_is_what_is_true(given, go_backwards):
    layer, _, x, dh, dc = setup(8, units=2, steps=4)
    layer = replace(layer, go_backwards=go_backwards)
    mask = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 0, 0]], dtype=bool)
    run = {None: [None, None], "mask": [mask, None], "sequence_lens": [None, [4, 0, 2]]}[given]
    rng = np.random.default_rng(1)
    start = [normal(rng, 3, 2), normal(rng, 3, 2)]
    reference = layer.reference(
        x, dtype="float64", initial_state=start, mask=run[0], sequence_lens=run[1]
    )
    outside = {"grad_sequence": dh, "grad_state_h": dc, "grad_state_c": dh[:, 0]}
    true = reference.backward(**outside)
    found = {name: true[name] for name in ("U_f", "kernel", "bias")}
    found |= {"inputs": true.inputs} | ({} if given else {"c": true["c"], "z_i": true["z_i"]})
    found |= {f"initial_state {n}": s for n, s in zip("hc", true.initial_state, strict=True)}
    seen = observed_gradients(found, reference, outside, "float64")
    exact = with_seeds(setup_of(layer, x, start, *run), reference, outside)
    assert distances_by_name(seen, [exact.in_floats()]).max() < 1e-12


REMEMBERING = [kind(2, 2) for kind in EVERY if kind(2, 2).states and kind is not Alone]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", REMEMBERING, ids=repr)
def test_what_is_screened_of_any_cell_is_what_is_true(cell, masked):
    rng = np.random.default_rng(0)
    layer = cell.bind(**{name: normal(rng, *weight.shape) for name, weight in cell.weights.items()})
    x, dy = normal(rng, 2, 3, 2), normal(rng, 2, 3, 2)
    mask = np.array([[0, 1, 0], [1, 1, 0]], dtype=bool) if masked else None
    reference = layer.reference(x, dtype="float64", mask=mask)
    outside = {"grad_sequence": dy}
    true = reference.backward(**outside)
    found = {**{name: true[name] for name in cell.weights}, "inputs": true.inputs}
    seen = observed_gradients(found, reference, outside, "float64")
    exact = with_seeds(setup_of(layer, x, None, mask, None), reference, outside)
    assert distances_by_name(seen, [exact.in_floats()]).max() < 1e-12
