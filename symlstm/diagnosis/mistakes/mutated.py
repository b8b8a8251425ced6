"""Mistakes in the equations themselves: the mutations of any cell's program."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Part, Setup, quick
from symlstm.equations.equation import Equation
from symlstm.passes.mutate import Mutation, mutations
from symlstm.passes.mutation_moves import LAST

GROUP, GROUP_BACKWARD = "equations", "adjoint equations"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mutations of the equations of the layers, by general rules."""
    seen: set[str] = set()
    for cell in dict.fromkeys(part.cell for part in setup.parts):
        for name, mutation in _mutations(cell.program).items():
            if name not in seen:
                seen.add(name)
                yield Fault(
                    name,
                    GROUP,
                    mutation.sentence,
                    f"the rule {mutation.rule!r}",
                    part=partial(_changed, cell.program, mutation),
                    is_seldom=mutation.is_seldom,
                )


@lru_cache(maxsize=16)
def _mutations(program: tuple[Equation, ...]) -> dict[str, Mutation]:
    """Return the mutations of a system of equations, forward or backward, by name.

    Those that say least of a program come last.
    """
    found = sorted(mutations(program), key=lambda mutation: mutation.rule in LAST)
    return {mutation.name: mutation for mutation in found}


def faults_backward(setup: Setup) -> Iterator[Fault]:
    """Yield the mutations of the adjoint equations of a layer, by general rules."""
    (part,), seeded = setup.parts, setup.seeded
    for name, mutation in _mutations(part.adjoints(seeded)).items():
        yield Fault(
            name,
            GROUP_BACKWARD,
            mutation.sentence,
            f"the rule {mutation.rule!r}",
            part=partial(_changed_backward, mutation, seeded, part),
        )


def _changed_backward(
    mutation: Mutation, seeded: tuple[str, ...], own: Part, part: Part
) -> Part | None:
    """Return the part with other adjoint equations, of those that it has by now.

    The mutation is one of the adjoint equations of its ``own`` part.
    """
    if part.runs_as(own) and mutation.changes.keys().isdisjoint(part.changes_backward):
        return quick(part, changes_backward={**part.changes_backward, **mutation.changes})
    changes = mutation.made_in(part.adjoints(seeded))
    return None if changes is None else part.with_adjoints(changes.values(), seeded)


def _changed(program: tuple[Equation, ...], first: Mutation, part: Part) -> Part | None:
    """Return the part with other equations, of those that it has by now.

    They are those of its own cell, in the sizes that it has; ``first`` is that of a ``program``.
    """
    own = part.cell.program
    mutation = first if own is program else _mutations(own).get(first.name)
    if mutation is None:
        return None
    is_apart = mutation.changes.keys().isdisjoint(part.changes)
    changes = mutation.changes if is_apart else mutation.made_in(part.program)
    return None if changes is None else quick(part, changes={**part.changes, **changes})
