"""A mistake that someone may have made: what it is called, where it was seen, what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from symlstm.diagnosis.setup import Part, Setup


@dataclass(frozen=True, eq=False)
class Fault:
    """One mistake, of each layer (``part``) or of the run as a whole (``whole``).

    Either returns the setup with the mistake made, or ``None`` where it cannot be made. ``name`` is
    for programs and ``sentence`` for people; ``source`` says where it was seen, or which rule it is
    of; ``also`` are other names of the same mistake. With ``only``, it is made in one layer. One
    that ``is_seldom`` is not tried together with another one of its group.
    """

    name: str
    group: str
    sentence: str
    source: str
    part: Callable[[Part], Part | None] | None = None
    whole: Callable[[Setup], Setup | None] | None = None
    also: tuple[str, ...] = ()
    only: int | None = None
    is_seldom: bool = False

    def made_in(self, setup: Setup) -> Setup | None:
        """Return a setup with the mistake in it, or ``None`` where it cannot be."""
        if self.part is not None:
            return setup.each(self.part, only=self.only)
        assert self.whole is not None
        return self.whole(setup)

    def __repr__(self) -> str:
        return f"Fault({self.name!r})"


def in_every_layer_or_one(faults: Iterable[Fault], setup: Setup) -> Iterator[Fault]:
    """Yield mistakes; those of a layer, where there are several, of each of them alone, too.

    Those that are seldom are made in all layers alone.
    """
    for fault in faults:
        yield fault
        if fault.part is not None and len(setup.parts) > 1 and not fault.is_seldom:
            for k in range(len(setup.parts)):
                yield replace(
                    fault,
                    name=f"layers[{k}]: {fault.name}",
                    sentence=f"in layers[{k}] alone: {fault.sentence}",
                    also=tuple(f"layers[{k}]: {name}" for name in fault.also),
                    only=k,
                )
