"""The command ``symlstm audit``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import INTERRUPTED
from symlstm.errors import OutputError, SymlstmError, printable

if TYPE_CHECKING:
    from symlstm.auditing.findings import Audit


def audit(
    models: Annotated[
        tuple[Path, ...],
        Argument(
            "An ONNX model with an LSTM; several with the same weights side by side.",
            metavar="MODEL.onnx...",
        ),
    ],
    node: Annotated[
        str | None, Option("The LSTM's name in the model, if there are several.")
    ] = None,
    weights: Annotated[
        Path | None,
        Option("A .npz file with the weights that are inputs of the model, by name."),
    ] = None,
    inputs: Annotated[
        Path | None,
        Option(
            "Inputs in place of random ones, (batch, T, input_dim) or several of those: a "
            ".npy file, or a .npz that calls them inputs."
        ),
    ] = None,
    cases: Annotated[int, Option("How many random cases.")] = 20,
    steps: Annotated[int, Option("How many time steps a random case has.")] = 10,
    batch: Annotated[int, Option("How many sequences a random case has.")] = 1,
    seed: Annotated[int, Option("What random cases are drawn from.")] = 0,
    initial_state: Annotated[bool, Option("Begin with random states, not with zeros.")] = False,
    workers: Annotated[
        int | None, Option("How many processes; one for each processor if not said.")
    ] = None,
    scheduler: Annotated[str | None, Option("A Dask cluster, tcp://..., to compute on.")] = None,
    record: Annotated[
        Path | None,
        Option("A JSON file for every case as it is done; an audit goes on from it."),
    ] = None,
    plot: Annotated[
        Path | None, Option("A .png, .svg or .pdf for error against time step.")
    ] = None,
    max_ulp: Annotated[
        float | None, Option("Exit with 1 if something is further off than this.")
    ] = None,
    force: Force = False,
    limit: Limits = (),
) -> None:
    """Say how many ulps an ONNX LSTM is from its true values, and whether that is rounding."""
    from symlstm.auditing.files import load_inputs, load_weights
    from symlstm.auditing.plot import plot_for
    from symlstm.auditing.run import audit as run

    if max_ulp is not None and not max_ulp >= 0:
        raise SymlstmError(f"--max-ulp is {max_ulp}; give zero or more", argument="max_ulp")
    given = [*models, inputs, weights, record]
    picture = None if plot is None else plot_for(plot, force=force, given=given)
    if plot is not None and record is not None and plot.resolve() == record.resolve():
        raise OutputError(f"{plot}: is the record, too; give --plot another file")
    try:
        with allowing(limit):
            found = run(
                models if len(models) > 1 else models[0],
                None if inputs is None else load_inputs(inputs),
                node=node,
                weights=None if weights is None else load_weights(weights),
                cases=cases,
                steps=steps,
                batch=batch,
                seed=seed,
                initial_state=initial_state,
                workers=workers,
                scheduler=scheduler,
                record=record,
                progress=sys.stderr.isatty(),
            )
    except KeyboardInterrupt:
        kept = f"what is done is in {record}, and the same command goes on from there"
        click.echo(
            f"symlstm: interrupted; {kept if record else 'with --record, nothing would be lost'}",
            err=True,
        )
        raise SystemExit(INTERRUPTED) from None
    click.echo(str(found))
    if picture is not None:
        found.write(picture)
    failures = [] if max_ulp is None else list(_failures(found, max_ulp))
    click.echo("".join(f"\n{failure}" for failure in failures), nl=bool(failures))
    sys.exit(1 if failures else 0)


def _failures(found: Audit, max_ulp: float) -> Iterator[str]:
    """Yield what does not keep to a limit; what is not decided does not, either."""
    from symlstm.numbers.ulps import counted, plain

    for output in found.summary.values():
        name = printable(output.name)
        if not output.totals.worst <= max_ulp:
            off = counted(output.totals.worst)
            yield f"{name} is up to {off} off, more than --max-ulp {plain(max_ulp)}"
        if output.undecided:
            yield f"{name} is not decided in {len(output.undecided)} of the cases"
