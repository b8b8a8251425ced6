"""Mistakes in the equations themselves: the mutations of any cell's program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Part, Setup
from symlstm.passes.mutate import Mutation, mutations

GROUP, GROUP_BACKWARD = "equations", "adjoint equations"


def faults(setup: Setup) -> Iterator[Fault]:
    """Yield the mutations of the equations of the layers, by general rules."""
    seen: set[str] = set()
    for cell in dict.fromkeys(part.cell for part in setup.parts):
        for mutation in mutations(cell.program):
            if mutation.name not in seen:
                seen.add(mutation.name)
                yield Fault(
                    mutation.name,
                    GROUP,
                    mutation.sentence,
                    f"the rule {mutation.rule!r}",
                    part=partial(_changed, mutation),
                )


def faults_backward(setup: Setup) -> Iterator[Fault]:
    """Yield the mutations of the adjoint equations of a layer, by general rules."""
    (part,), seeded = setup.parts, setup.seeded
    for mutation in mutations(part.adjoints(seeded)):
        yield Fault(
            mutation.name,
            GROUP_BACKWARD,
            mutation.sentence,
            f"the rule {mutation.rule!r}",
            part=partial(_changed_backward, mutation, seeded),
        )


def _changed_backward(mutation: Mutation, seeded: tuple[str, ...], part: Part) -> Part | None:
    """Return the part with other adjoint equations, of those that it has by now."""
    if not part.changes and mutation.changes.keys().isdisjoint(part.changes_backward):
        return replace(part, changes_backward={**part.changes_backward, **mutation.changes})
    changes = mutation.made_in(part.adjoints(seeded))
    return None if changes is None else part.with_adjoints(changes.values(), seeded)


def _changed(mutation: Mutation, part: Part) -> Part | None:
    """Return the part with other equations, of those that it has by now."""
    is_apart = mutation.changes.keys().isdisjoint(part.changes)
    changes = mutation.changes if is_apart else mutation.made_in(part.program)
    return None if changes is None else replace(part, changes={**part.changes, **changes})
