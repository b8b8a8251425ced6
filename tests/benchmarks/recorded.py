"""The ratios that were recorded of small benchmarks, which CI compares with its own."""

import json
import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("recorded.toml")
MOST = 1.5
HEAD = (
    "# The ratios of `python tests/benchmarks --small --write`, which CI compares with its own.\n"
)


def read():
    return tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {}


def fault(bench, taken):
    """Return what is wrong with a ratio, a message or none; what is not measured is not wrong."""
    name, found = taken.measurement.name, taken.bounded
    if not taken.measurement.small or found is None:
        return []
    known = read().get(bench, {}).get(name)
    if known is None:
        return [f"{bench}, {name}: no ratio is recorded; python tests/benchmarks --small --write"]
    if found.typical <= MOST * known:
        return []
    over = f"{found.typical:.3g} times {taken.others[0]}, and {known} is recorded"
    return [f"{bench}, {name}: {over}; at most {MOST} times that is allowed"]


def write(found):
    """Record the ratios of what is small, and keep those of benches that were not measured."""
    ratios = read()
    for bench, every in found.items():
        new = {
            taken.measurement.name: float(f"{taken.bounded.typical:.3g}")
            for taken in every
            if taken.measurement.small and taken.bounded is not None
        }
        if new:
            ratios[bench] = new
    FILE.write_text(HEAD + "".join(map(section, sorted(ratios.items()))), encoding="utf-8")


def section(item):
    bench, ratios = item
    lines = [f"{json.dumps(name, ensure_ascii=False)} = {v}\n" for name, v in ratios.items()]
    return f"\n[{bench}]\n" + "".join(lines)
