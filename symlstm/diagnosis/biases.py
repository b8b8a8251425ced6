"""Mistakes with biases: terms that are dropped, added twice, or never added."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Part, Setup

GROUP = "biases"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with the biases of the layers."""
    yield from _TERMS
    gates = dict.fromkeys(name for part in setup.parts for name in _biases(part))
    for name in sorted(gates, key=lambda name: name != "b_f"):
        gate = name.partition("_")[2]
        for amount in (1, -1):
            yield _added(name, gate, amount)


def _added(name: str, gate: str, amount: int) -> Fault:
    forget = name == "b_f"
    slug = {1: "forget-bias-twice", -1: "forget-bias-not-added"}[amount] if forget else ""
    what = f"1 is {'added to' if amount > 0 else 'missing from'} {name}"
    if forget:
        what = f"{what}, as where a program adds a forget bias of 1 and another does not"
    plain = f"{name}{amount:+d}"
    return Fault(
        slug or plain,
        GROUP,
        what,
        "tensorflow #14223, keras #10179, dynet #1646" if forget else f"as that of f, for {gate}",
        part=partial(_plus, name, amount),
        also=(plain,) if slug else (),
    )


def _biases(part: Part) -> list[str]:
    letter = part.cell.parameters.get("bias")
    return [name for name in part.weights if name.partition("_")[0] == letter]


def _plus(name: str, amount: int, part: Part) -> Part | None:
    if name not in part.weights:
        return None
    return part.with_weights(**{name: part.weights[name] + amount})


def _without_term(k: int, part: Part) -> Part | None:
    """Return the part without one of the biases that each bias is the sum of."""
    kept = {
        name: [term for j, term in enumerate(terms) if j != k % len(terms)]
        for name, terms in part.biases.items()
        if len(terms) > 1
    }
    if not kept:
        return None
    return part.with_weights(
        **{name: np.sum(terms, axis=0)[:, None] for name, terms in kept.items()}
    )


def _times(factor: int, part: Part) -> Part | None:
    biases = {name: factor * part.weights[name] for name in _biases(part)}
    return part.with_weights(**biases) if biases else None


_TERMS = (
    Fault(
        "second-bias-dropped",
        GROUP,
        "of the two biases, the second, of the recurrent weights, is left out",
        "cudnn.torch #181, keras #8860",
        part=partial(_without_term, 1),
        also=("recurrent-bias-dropped",),
    ),
    Fault(
        "first-bias-dropped",
        GROUP,
        "of the two biases, the first, of the input, is left out",
        "cudnn.torch #181",
        part=partial(_without_term, 0),
        also=("input-bias-dropped",),
    ),
    Fault(
        "bias-missing", GROUP, "all biases are left out", "keras PR #8547", part=partial(_times, 0)
    ),
    Fault(
        "bias-doubled",
        GROUP,
        "all biases are added twice, as where one is copied into both",
        "DeepLearningTutorials #81",
        part=partial(_times, 2),
    ),
)
