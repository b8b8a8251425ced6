"""What is found, in words for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence

from symlstm.cells.cell import Cell
from symlstm.diagnosis.beside import Pair
from symlstm.diagnosis.known import (
    facts,
    facts_backward,
    first_equation,
    wrong_gradients,
    wrong_numbers,
)
from symlstm.diagnosis.mistakes import arrays, backward, biases, loss, mutated, sequences, states
from symlstm.diagnosis.prove import Explanation
from symlstm.judging.deviation import WIDTH
from symlstm.judging.verdict import Verdict
from symlstm.numbers.ulps import counted, plain

NAMED = 4
"""So many names are told, and the others counted."""
SHOWN = 4
"""So many wrong equations are shown beside the right ones."""


def report(
    verdict: str,
    explanations: Sequence[Explanation],
    right: Explanation,
    untested: Sequence[str],
) -> str:
    """Return a diagnosis in words: what explains the numbers, or what is known of them."""
    if verdict == "explained":
        paragraphs = list(_explained(explanations))
    elif verdict == "right":
        paragraphs = [_filled(f"{_capital(right.verdict.sentence)}.")]
    else:
        paragraphs = list(_unexplained(right))
    if untested:
        count = len(untested)
        told = f"{count} mistakes" if count > 1 else "One mistake"
        paragraphs.append(_filled(f"{told} cannot show on these numbers: {_named(untested)}."))
    return "\n\n".join(paragraphs)


# What is explained.


def _explained(explanations: Sequence[Explanation]) -> Iterator[str]:
    best, others = explanations[0], explanations[1:]
    yield _filled(f"Explained: the numbers agree, {_how_near(best)}, if {best.sentence}.")
    if best.equations:
        yield _beside(best.equations)
    yield from map(_filled, _mends(best))
    name = " + ".join(best.names)
    if best.equivalent:
        yield _filled(
            f"It is called {name}; not to be told apart from it on these numbers: "
            f"{_named(best.equivalent)}."
        )
    if others:
        names = [" + ".join(one.names) for one in others]
        yield _filled(f"It would be explained as well, if less closely, by {_named(names)}.")


def _how_near(explanation: Explanation) -> str:
    """Return how near an explanation comes, and what else has to be so for that."""
    verdict: Verdict = explanation.verdict
    near = f"to {counted(explanation.ulps)} of {verdict.dtype}"
    if verdict.verdict == "right" or verdict.activation_ulp is None:
        return near
    return f"{near} and with activations off by up to {plain(verdict.activation_ulp)} ulps"


def _beside(pairs: Sequence[Pair]) -> str:
    """Return wrong equations, each above the right one."""
    lines = [line for pair in pairs[:SHOWN] for line in _pair(*pair)]
    if len(pairs) > SHOWN:
        lines.append(f"  and {len(pairs) - SHOWN} more")
    return "\n".join(lines)


def _pair(wrong: object, right: object) -> Iterator[str]:
    for label, equation in (("wrong", wrong), ("right", right)):
        if equation is not None:
            yield textwrap.fill(
                str(equation),
                WIDTH,
                initial_indent=f"  {label}  ",
                subsequent_indent=" " * 13,
                break_long_words=False,
            )


# How to mend it.


def _mends(explanation: Explanation) -> Iterator[str]:
    """Yield how to mend it: what to do for each group of its mistakes."""
    cell = explanation.original.parts[0].cell
    groups = dict.fromkeys(fault.group for fault in explanation.faults)
    mends = [MENDS[group](cell) for group in groups if group in MENDS]
    if mends:
        yield f"To mend it, {'; and '.join(mends)}."


def _of_arrays(cell: Cell) -> str:
    gates = _gates(cell)
    order = f"the gates in the order {', '.join(gates)}" if len(gates) > 1 else ""
    axes = "W as (units, input_dim), or as kernel its transpose"
    return f"hand the arrays over as the formulas read them: {order + ', ' if order else ''}{axes}"


def _gates(cell: Cell) -> list[str]:
    return [weight.name.partition("_")[2] for weight in next(iter(cell.groups.values()))]


def _of_states(cell: Cell) -> str:
    names = ", ".join(f"{name}_0" for name in cell.states)
    return (
        f"let each sequence start from its own {names}, in this order, and hand them on from step "
        "to step"
    )


MENDS: Mapping[str, Callable[[Cell], str]] = {
    arrays.GROUP: _of_arrays,
    biases.GROUP: lambda _: "add every bias that the layer has, each once",
    states.GROUP: _of_states,
    sequences.GROUP: lambda _: (
        "run each sequence of (batch, T, input_dim) on its own, in the order of the layer's "
        "direction, and return outputs in the order of the inputs"
    ),
    mutated.GROUP: lambda _: "compute what the right equation says",
    backward.GROUP: lambda _: (
        "add up what each step and each sequence hands back, once each, as the right equations say"
    ),
    backward.ORDERS: lambda cell: (
        f"put the gradients of the gates in the order {', '.join(_gates(cell))}, as the weights are"
    ),
    loss.GROUP: lambda _: (
        "begin from the gradients of the very loss by every output and last state, and divide by "
        "nothing that the loss is not divided by"
    ),
    mutated.GROUP_BACKWARD: lambda _: "compute what the right adjoint equation says",
}
"""How to mend a mistake, by the group that it is of."""


# What is not explained.


def _unexplained(right: Explanation) -> Iterator[str]:
    verdict = right.judged
    if verdict.verdict == "unexplained":
        yield _filled("Unexplained: no mistake that is known gives these numbers.")
    yield _capital(str(verdict))
    of_run = right.verdict is verdict and bool(right.known)
    yield from map(_filled, _of_the_run(right) if of_run else _of_gradients(right))


def _of_the_run(right: Explanation) -> Iterator[str]:
    first = right.verdict.first
    equation = None if first is None else first_equation(right, first.name)
    if equation is not None:
        yield f"  {equation}"
    told = list(facts(right, wrong_numbers(right))) if right.known else []
    if told:
        yield " ".join(told)
    if equation is None and first is not None and right.known:
        yield "Give the gates, too, by name, to learn which equation goes wrong first."


def _of_gradients(right: Explanation) -> Iterator[str]:
    wrong = wrong_gradients(right)
    told = list(facts_backward(wrong, right.setup.parts[0].cell.weights))
    if told:
        yield " ".join(told)
    over_time = {name for name in right.setup.parts[0].cell.computed if name in wrong}
    if not over_time:
        names = ", ".join([*right.setup.parts[0].cell.computed][-2:])
        yield (
            f"Give gradients by values over time, too, by name, as {names}, to learn which "
            "equation goes wrong first."
        )


# Words.


def _named(names: Sequence[str]) -> str:
    """Return names; of many the first, and how many others there are."""
    if len(names) <= NAMED + 1:
        return "; ".join(names)
    return f"{'; '.join(names[:NAMED])}; and {len(names) - NAMED} others"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
