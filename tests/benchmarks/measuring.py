"""What a benchmark is and how it is taken: in turn, in one process, with medians and spreads."""

import gc
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles

Call = Callable[[], object]


@dataclass(frozen=True)
class Prepared:
    """A call on what is prepared anew each time, which is not measured."""

    prepare: Call
    call: Callable[[object], object]

    def calls(self, count: int) -> list[Call]:
        """Return so many calls, all of which are prepared."""
        return [partial(self.call, self.prepare()) for _ in range(count)]


@dataclass(frozen=True)
class Meter:
    """What is read of a call, its unit, and which of several readings counts."""

    unit: str
    read: Callable[[Call], float]
    typical: Callable[[list[float]], float] = median


def between(clock: Callable[[], float]) -> Callable[[Call], float]:
    """Return what reads how far a clock moves during a call."""

    def read(call: Call) -> float:
        start = clock()
        call()
        return clock() - start

    return read


def children() -> float:
    """Return the seconds that processes which have ended took of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


PROCESSOR = Meter("s", between(time.process_time))
CHILDREN = Meter("s", between(children))
# Whoever else is on the machine only adds to the time of a clock on the wall.
WALL = Meter("s", between(time.perf_counter), min)
SECONDS = Meter("s", lambda call: float(call()))
BYTES = Meter("kB", lambda call: float(call()) / 1000)
WIDTH = Meter("", lambda call: float(call()))


@dataclass(frozen=True)
class Measurement:
    """Something that is measured: its sides by name, ours first, and then what it is compared with.

    The bound is of our ratio to the second side, or of our reading where there is no other; a side
    that is None needs a package that is not installed. What is ``small`` is measured in CI, without
    sides beyond the second, and its ratio compared with the recorded one. A reading is that of so
    many ``calls`` one after the other, over their number.
    """

    name: str
    sides: Callable[[], Mapping[str, Call | Prepared | None]]
    bound: float | None = None
    rounds: int = 5
    meter: Meter = PROCESSOR
    small: bool = False
    calls: int = 1


@dataclass(frozen=True)
class Spread:
    """A typical number of several, and its quartiles."""

    typical: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: list[float], typical: float) -> "Spread":
        low, _, high = quantiles(numbers, method="inclusive") if numbers[1:] else numbers * 3
        return cls(typical, low, high)


@dataclass(frozen=True)
class Taken:
    """A measurement's readings by side, a list for each; of what is missing there are none."""

    measurement: Measurement
    readings: Mapping[str, list[float]]

    @property
    def ours(self) -> str:
        return next(iter(self.readings))

    @property
    def others(self) -> list[str]:
        return list(self.readings)[1:]

    def reading(self, side: str) -> Spread | None:
        """Return what was read of a side, if it is installed."""
        numbers = self.readings[side]
        return Spread.of(numbers, self.measurement.meter.typical(numbers)) if numbers else None

    def ratio(self, side: str) -> Spread | None:
        """Return ours over another side; its quartiles are those of the rounds' ratios."""
        ours, theirs = self.reading(self.ours), self.reading(side)
        if ours is None or theirs is None:
            return None
        pairs = zip(self.readings[self.ours], self.readings[side], strict=True)
        return Spread.of([a / b for a, b in pairs], ours.typical / theirs.typical)

    @property
    def bounded(self) -> Spread | None:
        """Return what the bound is of: the ratio to the second side, or our reading."""
        return self.ratio(self.others[0]) if self.others else self.reading(self.ours)

    @property
    def keeps(self) -> bool:
        """Whether it keeps its bound, so far as it has one and was measured."""
        bound, found = self.measurement.bound, self.bounded
        return bound is None or found is None or found.typical <= bound


def take(measurement: Measurement, *, small: bool = False) -> Taken:
    """Read each side once in each round, in turn; meanwhile Python looks for no garbage."""
    sides = dict(list(measurement.sides().items())[: 2 if small else None])
    readings: dict[str, list[float]] = {side: [] for side in sides}
    gc.collect()
    gc.disable()
    for _ in range(measurement.rounds):
        for side, call in sides.items():
            if call is not None:
                readings[side].append(read(measurement, call))
    gc.enable()
    return Taken(measurement, readings)


def read(measurement: Measurement, call: Call | Prepared) -> float:
    """Return one reading of a side."""
    meter, count = measurement.meter, measurement.calls
    calls = call.calls(count) if isinstance(call, Prepared) else [call] * count
    return meter.read(calls[0] if count == 1 else partial(_one_by_one, calls)) / count


def _one_by_one(calls: list[Call]) -> None:
    for call in calls:
        call()
