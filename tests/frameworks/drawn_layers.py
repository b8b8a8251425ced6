"""Random layers of PyTorch with their inputs, and what PyTorch makes of them."""

import numpy as np
from components import required

UNITS = [1, 2, 3, 4, 8, 16, 32, 64]
SCALES = [1, 1, 2, 4]
"""By what the weights that PyTorch draws are multiplied."""


def drawn(seed, *, most_units=64, most_steps=50):
    """Return a module of random sizes, levels and directions, and inputs (T, batch, input_dim)."""
    (torch,) = required("torch", "torch")
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    units = int(rng.choice([size for size in UNITS if size <= most_units]))
    small = units <= 16
    module = torch.nn.LSTM(
        int(rng.integers(1, 33)),
        units,
        num_layers=int(rng.integers(1, 3)) if small else 1,
        bidirectional=bool(rng.integers(0, 4) == 0),
    )
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(float(rng.choice(SCALES)))
    batch, steps = int(rng.integers(1, 4)) if small else 1, int(rng.integers(2, most_steps + 1))
    return module, torch.randn(steps, batch, module.input_size)


def computed(module, x):
    """Return what a module makes of its inputs, (out, h, c), with the batch in front."""
    (torch,) = required("torch", "torch")
    with torch.no_grad():
        out, (h, c) = module(x)
    return out.transpose(0, 1).numpy(), h.numpy(), c.numpy()


def put_off(module, seed, change=1e-3):
    """Add something to one weight that reads the inputs or the last output; return its name."""
    (torch,) = required("torch", "torch")
    rng = np.random.default_rng(seed)
    weights = [name for name, _ in module.named_parameters() if name.startswith("weight")]
    name = str(rng.choice(weights))
    weight = getattr(module, name)
    with torch.no_grad():
        weight[tuple(int(rng.integers(size)) for size in weight.shape)] += change
    return name
