"""All benchmarks with one command: ``python tests/benchmarks``, or ``... ball float`` for some.

Measure side by side with what is compared, in turn and in one process, and print the ratios.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import click

HERE = Path(__file__).parent
BENCHES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


@click.command(help=__doc__.partition("\n\n")[2])
@click.argument("names", nargs=-1, type=click.Choice(BENCHES))
@click.option("--small", is_flag=True, help="Only what is quick and quiet, as CI does.")
@click.option("--check", is_flag=True, help="Fail on a ratio 1.5 times the recorded one.")
@click.option("--write", is_flag=True, help="Write the record and, of all benchmarks, docs.")
def main(names, small, check, write):
    # Before NumPy is imported: BLAS's other threads would only wait for one another.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    sys.path.append(str(HERE.parent))  # what tests share
    import page
    import recorded
    import table
    from measuring import take

    found, faults = {}, []
    for name in names or BENCHES:
        bench = import_module(f"bench_{name}")
        wanted = [one for one in bench.MEASUREMENTS if one.small or not small]
        found[name] = []
        for measurement in wanted:
            taken = take(measurement, small=small)
            if check and recorded.fault(name, taken):
                # Of a machine that was disturbed for a moment, the second word counts.
                taken = take(measurement, small=small)
                faults += recorded.fault(name, taken)
            found[name].append(taken)
        if wanted:
            table.show(bench, found[name])
    if write:
        recorded.write(found)
    if write and not small and not names:
        page.write(found)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
