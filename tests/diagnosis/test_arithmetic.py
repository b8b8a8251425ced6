"""Arithmetic that is coarser, or approximated, is named; NumPy's own formats are the oracle."""

import numpy as np
import pytest
from components import required

from symlstm import LSTM, diagnose

UNITS, INPUTS = 4, 3


def numbers(seed=3):
    rng = np.random.default_rng(seed)
    shapes = [(INPUTS, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,), (2, 6, INPUTS)]
    return [(rng.standard_normal(shape) * 0.7).astype(np.float32) for shape in shapes]


def half(values):
    return values.astype(np.float16).astype(np.float32)


def cut(values, bits, half_up):
    """Return float32 numbers without their last bits, to nearest or cut off."""
    whole = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    up = np.uint32((1 << (bits - 1)) if half_up else 0)
    kept = np.uint32(0xFFFFFFFF ^ ((1 << bits) - 1))
    return ((whole + up) & kept).view(np.float32)


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def lstm(kernel, recurrent, bias, x, *, tanh=np.tanh, gate=sigmoid, product=np.matmul, kept=None):
    kept = kept or (lambda values: values.astype(np.float32))
    h = c = np.zeros((len(x), UNITS), dtype=np.float32)
    outputs = []
    for step in range(x.shape[1]):
        z = kept(product(x[:, step], kernel) + product(h, recurrent) + bias)
        i, f, g, o = np.split(z, 4, axis=-1)
        c = kept(kept(gate(f)) * c + kept(gate(i)) * kept(tanh(g)))
        h = kept(kept(gate(o)) * kept(tanh(c)))
        outputs.append(h)
    return np.stack(outputs, axis=1)


def fast(x):
    """NeuralAmpModelerCore's fast_tanh."""
    a, s = np.abs(x), x * x
    above = x * (
        2.45550750702956 + 2.45550750702956 * a + (0.893229853513558 + 0.821226666969744 * a) * s
    )
    below = 2.44506634652299 + (2.44506634652299 + s) * np.abs(x + 0.814642734961073 * x * a)
    return (above / below).astype(np.float32)


def fraction(x):
    """Four terms of Lambert's fraction."""
    s = x * x
    return np.clip(x / (1 + s / (3 + s / (5 + s / 7))), -1, 1)


def products(change):
    return lambda left, right: change(left) @ change(right)


def found(actual, **options):
    kernel, recurrent, bias, x = numbers()
    cell = LSTM(UNITS, INPUTS)
    layer = cell.bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    return diagnose(layer, x, actual, **{"max_faults": 1, **options})


CASES = {
    "weights-in-float16": lambda k, u, b, x: lstm(half(k), half(u), half(b), x),
    "weights-in-bfloat16": lambda k, u, b, x: lstm(*(cut(a, 16, True) for a in (k, u, b)), x),
    "inputs-in-float16": lambda k, u, b, x: lstm(k, u, b, half(x)),
    "tf32": lambda *a: lstm(*a, product=products(lambda v: cut(v, 13, True))),
    "tf32-cut": lambda *a: lstm(*a, product=products(lambda v: cut(v, 13, False))),
    "products-in-bfloat16": lambda *a: lstm(*a, product=products(lambda v: cut(v, 16, True))),
    "computed-in-float16": lambda *a: lstm(*map(half, a), kept=half),
    "fast-tanh-rational": lambda *a: lstm(*a, tanh=fast),
    "fast-tanh-rational-and-sigmoid": lambda *a: lstm(
        *a, tanh=fast, gate=lambda z: 0.5 * (fast(0.5 * z) + 1)
    ),
    "fast-tanh-lambert-4": lambda *a: lstm(*a, tanh=fraction),
    "fast-tanh-pade": lambda *a: lstm(
        *a, tanh=lambda x: np.clip(x * (27 + x * x) / (27 + 9 * x * x), -1, 1)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_arithmetic_is_named(name):
    diagnosis = found(CASES[name](*numbers()))
    assert diagnosis.best.names == (name,)
    assert diagnosis.best.fits
    assert diagnosis.best.ulps <= 8
    shown = diagnosis.best.outputs["sequence_out"].astype(np.float64)
    assert abs(shown - CASES[name](*numbers())).max() < (2e-3 if "computed" in name else 1e-5)


@pytest.mark.parametrize("size", [1e-2, 1e-3, 1e-4])
def test_noise_is_no_arithmetic(size):
    right = lstm(*numbers())
    noise = np.random.default_rng(1).standard_normal(right.shape) * size
    assert found((right * (1 + noise)).astype(np.float32)).verdict == "unexplained"


def test_few_numbers_are_no_evidence():
    kernel, recurrent, bias, x = numbers()
    layer = LSTM(UNITS, INPUTS).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)
    actual = half(lstm(kernel, recurrent, bias, x[:1, :1])) * np.float32(1.125)
    assert diagnose(layer, x[:1, :1], actual, max_faults=1).verdict == "unexplained"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_pytorch_in_a_coarser_format(dtype):
    (torch,) = required("torch", "torch")
    kernel, recurrent, bias, x = numbers()
    module = torch.nn.LSTM(INPUTS, UNITS, batch_first=True)
    with torch.no_grad():
        for own, array in zip(
            module.parameters(), (kernel.T, recurrent.T, bias, 0 * bias), strict=True
        ):
            own.copy_(torch.tensor(np.ascontiguousarray(array)))
        kind = getattr(torch, dtype)
        actual = module.to(kind)(torch.tensor(x).to(kind))[0].float().numpy()
    assert found(actual).best.names == (f"computed-in-{dtype}",)


def test_functions_that_are_nearly_right_are_approximated():
    actual = lstm(*numbers(), tanh=lambda x: np.tanh(x) * np.float32(1 + 4e-6))
    diagnosis = found(actual)
    assert diagnosis.verdict == "explained"
    assert diagnosis.best.names == ("approximated-activations",)
    assert diagnosis.best.verdict.activation_ulp > 4
