"""Random layers of Keras with their inputs, and what Keras makes of them."""

import numpy as np
from components import required
from drawn_layers import SCALES, UNITS

from symlstm import Network, from_keras


def drawn(seed, *, most_units=64, most_steps=50):
    """Return built layers of random sizes, one on the other, inputs (batch, T, dim) and states.

    A layer has one direction, or two; the states are those of each layer, or ``None`` for all.
    """
    (keras,) = required("keras", "keras")
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    units = int(rng.choice([size for size in UNITS if size <= most_units]))
    small = units <= 16
    levels = int(rng.integers(1, 3)) if small else 1
    both = bool(rng.integers(0, 4) == 0)
    batch, steps = int(rng.integers(1, 5)) if small else 1, int(rng.integers(2, most_steps + 1))
    x = rng.normal(size=(batch, steps, int(rng.integers(1, 33)))).astype(np.float32)
    layers, scale = [_layer(keras, units, both, rng) for _ in range(levels)], rng.choice(SCALES)
    shape = x.shape
    for layer in layers:
        layer.build(shape)
        shape = (batch, steps, units * (1 + both))
        layer.set_weights([weight * scale for weight in layer.get_weights()])
    if rng.integers(0, 2):
        return layers, x, [None] * levels
    shape = 2 * (1 + both), batch, units
    return layers, x, [[*rng.normal(size=shape).astype(np.float32) / 2] for _ in layers]


def _layer(keras, units, both, rng):
    gate = str(rng.choice(["sigmoid", "sigmoid", "hard_sigmoid"]))
    options = {"return_sequences": True, "return_state": True, "recurrent_activation": gate}
    layer = keras.layers.LSTM(units, bias_initializer="uniform", **options)
    return keras.layers.Bidirectional(layer) if both else layer


def computed(layers, x, states):
    """Return what the layers make of their inputs, (out, h, c), with all states by layer."""
    (keras,) = required("keras", "keras")
    given, each = x, []
    for layer, of_layer in zip(layers, states, strict=True):
        tensors = of_layer and [keras.ops.convert_to_tensor(one) for one in of_layer]
        given, *last = map(keras.ops.convert_to_numpy, layer(given, initial_state=tensors))
        each += last
    h, c = (each[0], each[1]) if len(each) == 2 else (np.stack(each[k::2]) for k in range(2))
    return given, h, c


def taken_over(layers, states):
    """Return the layers as a network of ours, and its initial state."""
    network = Network([from_keras(layer).layers for layer in layers])
    if states[0] is None:
        return network, None
    each = [one for of_layer in states for one in of_layer]
    return network, (each if len(each) == 2 else [np.stack(each[k::2]) for k in range(2)])


def put_off(layers, seed, change=1e-3):
    """Add something to one weight that reads the inputs or the last output; return its name."""
    rng = np.random.default_rng(seed)
    kernels = [one for layer in layers for one in layer.weights if "kernel" in one.name]
    chosen = kernels[int(rng.integers(len(kernels)))]
    (keras,) = required("keras", "keras")
    array = np.array(keras.ops.convert_to_numpy(chosen))
    array[tuple(int(rng.integers(size)) for size in array.shape)] += change
    chosen.assign(array)
    return chosen.path
