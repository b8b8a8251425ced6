"""Runs to draw: the gallery's, and those of random cells with numbers of every kind."""

from dataclasses import dataclass, field, fields
from math import prod
from random import Random
from typing import Any

import numpy as np
from every_cell import EVERY_KIND
from own_cells import EVERY

from symlstm import figure
from symlstm.derivations.spec import load
from symlstm.equations.expression import quantities
from symlstm.gradients.gradients import Gradients
from symlstm.passes.differentiate import adjoint
from symlstm.training.training import Training

RATIONAL = {
    "activation": "hard_tanh",
    "recurrent_activation": "hard_sigmoid",
    "output_activation": "softsign",
}
LINEAR = dict.fromkeys(RATIONAL, "linear")
CURVED = {"activation": "tanh", "recurrent_activation": "sigmoid"}


@dataclass
class Drawn:
    """A figure, and the entries that its labels should have, by name and step."""

    name: str
    figure: Any
    values: dict = field(default_factory=dict)
    exact: bool = True
    twice: frozenset = frozenset()
    """What may have two labels: states where a row of a strip begins."""
    rounds: bool = False


def of_step(name, trace, step):
    rounds = trace.algebra.name == "decimal"
    known = values(trace, step)
    return Drawn(name, figure(trace, step=step), known, trace.algebra.exact, rounds=rounds)


def values(trace, step):
    """Return the entries of what stands in the figure of a step, by name and step."""
    cell = trace.cell
    keys = [(state, step - 1) for state in cell.states]
    keys += [(value, step) for value in (cell.x.name, *cell.computed)]
    return {key: trace.told(*key) for key in keys}


def of_gradients(name, gradients, step):
    """Return a step of the backward pass; only the first one has what reaches the states."""
    cell, trace = gradients.cell, gradients.adjoints
    used = {q.name for equation in cell.equations for q in quantities(equation.rhs)}
    values = [cell.x] * (cell.x.name in used) + [*cell.computed.values()]
    keys = [(adjoint(value), step) for value in values]
    if step == 1:
        keys += [(adjoint(cell.computed[state]), 0) for state in cell.states]
    known = trace.histories[0]  # what nothing uses has no gradient
    entries = {
        (bar.name, at): trace.entries(bar.name, at) for bar, at in keys if bar.name in known[at]
    }
    rounds = trace.algebra.name == "decimal"
    return Drawn(name, figure(gradients, step=step), entries, trace.algebra.exact, rounds=rounds)


def of_strip(name, trace):
    every = {k: v for t in range(1, len(trace) + 1) for k, v in values(trace, t).items()}
    twice = frozenset((state, t) for state in trace.cell.states for t in range(len(trace)))
    rounds = trace.algebra.name == "decimal"
    return Drawn(name, figure(trace, what="steps"), every, trace.algebra.exact, twice, rounds)


def gallery(root):
    """Yield every figure of every derivation of the gallery, of networks those of each layer."""
    for path in sorted(root.glob("derivations/*/*.derivation.toml")):
        subject = load(path).subject
        layers = subject if isinstance(subject, tuple) else subject.layers
        for number, layer in enumerate(layers, start=1):
            yield from _of_layer(f"{path.stem} {number}", layer)


def _of_layer(name, subject):
    if isinstance(subject, Training):
        subject = subject.updates[0].gradients
    trace = subject.adjoints if isinstance(subject, Gradients) else subject
    numeric = trace.given is not None
    for step in range(1, len(trace) + 1):
        drawn = of_step(f"{name}, step {step}", trace, step)
        yield drawn if numeric else Drawn(drawn.name, drawn.figure)
    for what in ("cell", "network", "reset", "carousel"):
        yield Drawn(f"{name}, {what}", figure(trace, what=what))
    if numeric:
        yield of_strip(f"{name}, steps", trace)
    if isinstance(subject, Gradients) and numeric:
        yield Drawn(f"{name}, backward", figure(subject))
        for step in range(1, len(trace) + 1):
            yield of_gradients(f"{name}, backward {step}", subject, step)


FRACTIONS = ("0", "1", "-2", "7/3", "-1/12", "1" * 25, f"{10**40 + 7}/{3 * 10**39 + 1}", "-0.125")
BALLS = ("0", "1", "-1/3", "0.123456789", "2")
INTERVALS = ("0.5 ± 0.01", "-1 ± 1/100", "0", "1/3 ± 0.0001")
KINDS = {
    "exact": (RATIONAL, FRACTIONS, {}),
    "linear": (LINEAR, FRACTIONS, {}),
    "ball": (CURVED, BALLS, {"algebra": "ball"}),
    "interval": (CURVED, INTERVALS, {"algebra": "ball"}),
    "float": (CURVED, BALLS, {"algebra": "float"}),
}
"""For each kind of numbers: the activations, numbers to draw from, and the options of a run."""


def random_runs(count, seed=0):
    """Yield a step of each of so many random cells, some strips, and where exact a backward one."""
    random = Random(seed)
    cells = [*EVERY_KIND, *EVERY]
    for k in range(count):
        numbers = random.choice([*KINDS])
        trace = random_run(random, cells[k % len(cells)], *KINDS[numbers])
        name = f"{numbers} {trace.cell!r}"
        yield of_step(name, trace, 2)
        if trace.algebra.exact:
            gradients = trace.backward(grad_sequence=1)
            yield of_gradients(f"backward, {name}", gradients, random.choice([1, 2]))
        if k % 5 == 0:
            yield of_strip(f"strip, {name}", trace)


def every_picture(seed=0):
    """Yield the pictures of each kind of cell that show no single step."""
    random = Random(seed)
    for kind in (*EVERY_KIND, *EVERY):
        numbers = random.choice([*KINDS])
        trace = random_run(random, kind, *KINDS[numbers])
        name = f"{numbers} {trace.cell!r}"
        for what in ("cell", "reset", *(["carousel"] if trace.cell.states else [])):
            yield Drawn(f"{what}, {name}", figure(trace, what=what))
        for subject in (trace, trace.cell):
            yield Drawn(f"network, {name}", figure(subject, what="network"))
        yield Drawn(f"backward, {name}", figure(trace.backward(grad_sequence=1)))


def random_run(random, kind, options, numbers, run):
    """Run a cell of a kind for two steps, with random sizes, and weights from a few numbers."""
    units = random.randint(1, 4)
    inputs = units if kind in EVERY else random.randint(1, 3)
    known = {field.name for field in fields(kind)}
    taken = {name: value for name, value in options.items() if name in known}
    cell = kind(units, inputs, **EVERY_KIND.get(kind, {}), **taken)

    def filled(*shape):
        drawn = [random.choice(numbers) for _ in range(prod(shape))]
        return np.array(drawn, dtype=object).reshape(shape)

    weights = {
        group: cell.stack(group, lambda weight: filled(*map(int, weight.shape)))
        for group in cell.groups
    }
    states = [filled(int(state.shape[0])) for state in cell.states.values()]
    return cell.bind(**weights).run(filled(2, inputs), initial_state=states, **run)
