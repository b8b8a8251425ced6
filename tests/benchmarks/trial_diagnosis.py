"""Plant mistakes in random layers, and count how many the diagnosis names.

Run it with ``python tests/benchmarks/trial_diagnosis.py 200``.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "diagnosis"))

from catalogue import CATALOGUE
from trials import drawn, holds, named, shows
from unseen import OTHERS

from symlstm import diagnose


def planted(seed, mistakes_of):
    """Return a trial that some mistakes show in, its sizes, and the mistakes."""
    rng = np.random.default_rng(seed)
    for attempt in range(1000):
        mistakes = mistakes_of(rng)
        kinds = set.intersection(*(set(one.kinds) for one in mistakes))
        if not kinds:
            continue
        kind = str(rng.choice(sorted(kinds)))
        trial, sizes = drawn([seed, attempt], kind)
        if all(one.shows(trial.given) for one in mistakes) and shows(trial, mistakes):
            return trial, sizes, mistakes
    raise AssertionError("nothing shows")


def result(seed, mistakes_of):
    trial, sizes, mistakes = planted(seed, mistakes_of)
    kind = ("sequence", "all")[seed % 2]
    begun = time.process_time()
    x = trial.given.arrays["x"]
    found = diagnose(trial.layer, x, trial.actual(mistakes, kind), **trial.arguments)
    seconds = time.process_time() - begun
    what = f"{seed} {trial.given.kind} {sizes} {' & '.join(one.name for one in mistakes)}"
    if found.verdict != "explained":
        return found.verdict, what, seconds
    larger = {**sizes, "steps": 5, "batch": max(2, sizes["batch"])}
    other, _ = drawn([seed, 12345], trial.given.kind, sizes=larger)
    if holds(found.best.faults, other, mistakes):
        return "named", what, seconds
    also = any(holds(faults, other, mistakes) for faults in named(found.best.equivalent, other))
    names = f"{what}: {found.best.names} {found.best.equivalent}"
    return "equivalent" if also else "another", names, seconds


def of(table, count):
    return lambda rng: tuple(table[k] for k in rng.choice(len(table), count, replace=False))


def right(seed):
    """Return what is said of a layer without mistakes, whose sums are in another order."""
    kind = ("lstm", "peephole", "projected", "gru", "gru_after")[seed % 5]
    trial, sizes = drawn([seed, 1], kind)
    return trial, f"{seed} {kind} {sizes}", trial.actual((), ("sequence", "all")[seed % 2])


def noise(seed):
    """Return what is said of noise of some size, or of random outputs."""
    trial, what, actual = right(seed)
    rng = np.random.default_rng(seed)
    size = (1e-2, 1e-3, 1e-4, 1)[seed % 4]
    noisy = {
        name: (values * (1 + size * rng.standard_normal(values.shape))).astype(np.float32)
        for name, values in actual.items()
    }
    return trial, f"{what} noise of {size}", noisy


def said(seed, draw):
    trial, what, actual = draw(seed)
    begun = time.process_time()
    found = diagnose(trial.layer, trial.given.arrays["x"], actual, **trial.arguments)
    names = f": {found.best.names}" if found.best else ""
    return found.verdict, f"{what}{names}", time.process_time() - begun


WANTED = {"right": (right, "right"), "noise": (noise, "unexplained")}
KINDS = {
    "catalogue": of(CATALOGUE, 1),
    "pairs": of(CATALOGUE, 2),
    "others": of(OTHERS, 1),
}


def main(count, kinds):
    for kind in kinds:
        counts, seconds = Counter(), []
        for seed in range(count):
            if kind in WANTED:
                verdict, what, took = said(seed, WANTED[kind][0])
            else:
                verdict, what, took = result(seed, KINDS[kind])
            counts[verdict] += 1
            seconds.append(took)
            if verdict not in ("named", "equivalent", WANTED.get(kind, ("", ""))[1]):
                print(f"{kind} {verdict}: {what} ({took:.1f} s)", flush=True)
        good = sum(counts[v] for v in ("named", "equivalent", WANTED.get(kind, ("", ""))[1]))
        took = f"{np.median(seconds):.2f} s, {max(seconds):.1f} s at most"
        print(f"{kind}: {good / count:.1%} of {count}; {dict(counts)}; {took}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2:] or [*KINDS, *WANTED])
