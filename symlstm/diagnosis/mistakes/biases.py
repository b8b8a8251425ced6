"""Mistakes with biases: terms that are dropped, added twice, or never added."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

import numpy as np

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.mistakes.two_biases import FIRST, SECOND, are_apart, both, with_both
from symlstm.diagnosis.setup import Part, Setup, quick
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, hadamard, ones, quantities, subtract, t
from symlstm.equations.nodes import free_name
from symlstm.equations.rebuild import put

GROUP = "biases"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mistakes that can be made with the biases of the layers."""
    yield from _TERMS
    gates = dict.fromkeys(name for part in setup.parts for name in _biases(part))
    for name in sorted(gates, key=lambda name: name != "b_f"):
        gate = name.partition("_")[2]
        for amount in (1, -1):
            yield _added(name, gate, amount)
    yield from _FIRST_STEP


def _first_step_only(whole: bool, part: Part) -> Part | None:
    """Return the part with biases, or with 1 of that of f, added at the first step alone."""
    changes = _at_first(whole, part.program, tuple(_biases(part)))
    return quick(part, changes={**part.changes, **changes}) if changes else None


@lru_cache(maxsize=256)
def _at_first(
    whole: bool, program: tuple[Equation, ...], names: tuple[str, ...]
) -> dict[str, Equation]:
    """Return the equations of biases that count at the first step alone, and what counts steps."""
    biases = [q for one in program for q in quantities(one.rhs) if q.name in names]
    added = [q for q in dict.fromkeys(biases) if whole or q.name == "b_f"]
    taken = {q.name for one in program for q in (one.lhs, *quantities(one.rhs))}
    later, counts, values = free_name("later", taken), {}, {}
    for bias in added:
        known = Quantity(f"{later}_{bias.shape[0]}", bias.shape[0], 1, t)
        counts[known.name] = Equation(known, ones(known))
        amount = bias if whole else ones(bias)
        values[bias] = subtract(bias, hadamard(known.previous, amount))
    changed = {one: Equation(one.lhs, put(one.rhs, values)) for one in program}
    changes = {one.lhs.name: other for one, other in changed.items() if other != one}
    return {**counts, **changes} if changes else {}


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
    letters = {part.cell.letters.get(group) for group in (FIRST, SECOND)}
    return [name for name in part.weights if name.partition("_")[0] in letters]


def _plus(name: str, amount: int, part: Part) -> Part | None:
    if name not in part.weights:
        return None
    return part.with_weights(**{name: part.weights[name] + amount})


def _without_term(k: int, part: Part) -> Part | None:
    """Return the part without one of the biases that each bias is the sum of."""
    if are_apart(part):
        kept_apart = {g: (0 * b, d) if k == 0 else (b, 0 * d) for g, (b, d) in both(part).items()}
        return with_both(part, kept_apart)
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


def _copied(k: int, part: Part) -> Part | None:
    """Return the part with one of the biases that each bias is the sum of as all of them."""
    if are_apart(part):
        return with_both(part, {gate: (pair[k], pair[k]) for gate, pair in both(part).items()})
    terms = {n: [some[k % len(some)]] * len(some) for n, some in part.biases.items()}
    copied = {name: some for name, some in terms.items() if len(some) > 1}
    sums = {name: np.sum(some, axis=0)[:, None] for name, some in copied.items()}
    return part.with_weights(**sums) if copied else None


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
        "first-bias-doubled",
        GROUP,
        "of the two biases, the first is copied into both",
        "DeepLearningTutorials #81",
        part=partial(_copied, 0),
    ),
    Fault(
        "second-bias-doubled",
        GROUP,
        "of the two biases, the second is copied into both",
        "DeepLearningTutorials #81",
        part=partial(_copied, 1),
    ),
    Fault(
        "bias-doubled",
        GROUP,
        "all biases are added twice, as where one is copied into both",
        "DeepLearningTutorials #81",
        part=partial(_times, 2),
    ),
)

_FIRST_STEP = (
    Fault(
        "forget-bias-first-step-only",
        GROUP,
        "of b_f, 1 is added at the first step alone",
        "coremltools #309",
        part=partial(_first_step_only, False),
    ),
    Fault(
        "bias-first-step-only",
        GROUP,
        "all biases are added at the first step alone",
        "coremltools #309",
        part=partial(_first_step_only, True),
    ),
)
