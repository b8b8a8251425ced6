"""What the layers of a network are called in a report: by level and direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

HEAD = "head"
"""What the level of a head is called."""


def layer_of(name: str, only: int = 0) -> tuple[int, str]:
    """Return the layer that a name such as ``layers[1].c`` begins with, and the rest of it."""
    if not name.startswith("layers["):
        return only, name
    number, _, rest = name.removeprefix("layers[").partition("].")
    return int(number), rest


def called(run: Any) -> list[list[str]]:
    """Return what the layers of a network's run, or gradients, are called, level by level.

    That is ``"level 2"``, where a level goes both ways ``"level 2, backward"``, or ``"head"``.
    """
    named = [
        [f"level {number}{way and f', {way}'}" for way in directions(level)]
        for number, level in enumerate(run.levels, 1)
    ]
    return [*named[:-1], [HEAD] if is_head(run.levels[-1]) else named[-1]]


def is_head(level: Sequence[Any]) -> bool:
    """Whether a level of a run, or of gradients, remembers nothing."""
    return not level[0].cell.states


def directions(level: Sequence[Any]) -> list[str]:
    """Return what tells the layers of a level apart; of a single one, nothing."""
    if len(level) == 1:
        return [""]
    ways = backwards(level)
    if sorted(ways) == [False, True]:
        return ["backward" if way else "forward" for way in ways]
    return [f"layer {number}" for number in range(1, len(level) + 1)]


def backwards(level: Sequence[Any]) -> list[bool]:
    """Return which layers of a level are processed from the ends of the sequences."""
    traces = [getattr(layer, "adjoints", layer) for layer in level]
    return [bool(trace.timeline.backwards) for trace in traces]


def side_by_side(names: Sequence[str], sizes: Sequence[int]) -> Callable[[int], str]:
    """Return what says of a place which unit it is, where several layers' units are in a row."""
    ends = [0, *accumulate(sizes)]

    def entry(index: int) -> str:
        layer = next(k for k, end in enumerate(ends[1:]) if index < end)
        return f"{names[layer]}, unit {index - ends[layer]}"

    return entry
