"""What a probe is for, and what is known of it, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Protocol

from symlstm.diagnosis.probes.outcomes import NEAR, SAME, Outcomes
from symlstm.judging.deviation import WIDTH
from symlstm.numbers.ulps import plain


class Known(Protocol):
    """What is known of a probe."""

    @property
    def count(self) -> int:
        """How many different outcomes there are, the right one among them."""

    @property
    def distance(self) -> float:
        """How far apart any two are at least, of the largest output."""

    @property
    def equivalent(self) -> Sequence[Sequence[str]]:
        """The names of mistakes that the numbers do not tell apart."""

    @property
    def for_all(self) -> bool:
        """Whether no other draw tells more apart."""

    @property
    def unproven(self) -> Sequence[str]:
        """The names of those whose outputs are not certified."""

    @property
    def unseen(self) -> Sequence[str]:
        """The names of those that give the right outputs."""


HOW = (
    "Give an implementation these weights, inputs (batch, T, input_dim) and initial states, save "
    "its output over time as y.npy, (batch, T, units), and ask: symlstm diagnose probe.npz "
    "--actual y.npy. Every number is exact in float16, float32 and float64."
)
WHERE = {True: "on any draw", False: "on these numbers"}
"""Where mistakes are not told apart, by whether no other draw tells more of them."""
MOST_GROUPS = 8
"""Of more groups of mistakes that come to the same, the others are counted."""


def about(probe: Known) -> str:
    """Return what to do with a probe, and what its numbers tell apart."""
    where = WHERE[probe.for_all]
    told = [
        HOW,
        f"The mistakes that symlstm knows come to {probe.count - 1} outcomes beside the right one. "
        f"Any two of these are at least {plain(probe.distance)} of the largest output apart, "
        "proven by certified values.",
    ]
    if probe.unproven:
        count, some = len(probe.unproven), "; ".join(probe.unproven[:3])
        told.append(f"Of {count} outcomes that is not proven, but as float64 has them: {some}, ...")
    if probe.unseen:
        told.append(f"Not to be seen {where}: {'; '.join(probe.unseen)}.")
    paragraphs = [textwrap.fill(one, WIDTH, break_on_hyphens=False) for one in told]
    if probe.equivalent:
        paragraphs.append("\n".join(_alike(probe.equivalent, where)))
    return "\n\n".join(paragraphs)


def _alike(groups: Sequence[Sequence[str]], where: str) -> list[str]:
    """Return lines for mistakes that come to the same, the first groups of many."""
    count = len(groups)
    lines = [f"Not told apart {where}, in {count} groups:"]
    lines += map(_group, groups[:MOST_GROUPS])
    return [*lines, f"  and {count - MOST_GROUPS} more"] if count > MOST_GROUPS else lines


def _group(names: Sequence[str]) -> str:
    """Return a line for mistakes that are the same, with the beginnings of long names."""
    lines = [textwrap.shorten(name, WIDTH - 6, placeholder=" ...") for name in names]
    return "\n".join(f"  {'  ' if k else '- '}{line}" for k, line in enumerate(lines))


def about_pairs(pairs: Outcomes) -> str:
    """Return what all pairs of mistakes come to."""
    near = f"at least {plain(pairs.distance)}" if pairs.closest else f"more than {plain(NEAR)}"
    told = (
        f"All mistakes and pairs of them, {len(pairs.rows) - 1:,}, come to {pairs.count - 1:,} "
        f"outcomes beside the right one, {near} of the largest output apart, as float64 has them: "
        f"that is not proven, and those within {plain(SAME)} count as the same."
    )
    return textwrap.fill(told, WIDTH)
