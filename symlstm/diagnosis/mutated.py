"""Mistakes in the equations themselves: the mutations of any cell's program."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from symlstm.diagnosis.fault import Fault
from symlstm.diagnosis.setup import Part, Setup, quick
from symlstm.passes.mutate import Mutation, mutations

GROUP = "equations"


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
                    is_seldom=mutation.is_seldom,
                )


def _changed(mutation: Mutation, part: Part) -> Part | None:
    """Return the part with other equations, of those that it has by now."""
    is_apart = mutation.changes.keys().isdisjoint(part.changes)
    changes = mutation.changes if is_apart else mutation.made_in(part.program)
    return None if changes is None else quick(part, changes={**part.changes, **changes})
