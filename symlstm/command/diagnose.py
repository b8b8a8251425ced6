"""The command ``symlstm diagnose``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symlstm.command.options import Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import printable


def diagnose(
    file: Annotated[
        Path,
        typer.Argument(
            help="The layer as it should be: a model (.onnx, .safetensors, .keras, .h5), a "
            "derivation file, or what symlstm probe wrote.",
            metavar="FILE",
        ),
    ],
    actual: Annotated[
        Path,
        typer.Option(
            help="What the implementation gave: the output over time in a .npy file, or in a .npz "
            "sequence_out, state_h, state_c, and any value by name, such as i or z_f; or, beside "
            "or instead, gradients, such as grad_W_i, grad_kernel, grad_inputs, grad_c and "
            "grad_initial_h, of the loss whose own are grad_sequence, grad_state_h, grad_state_c."
        ),
    ],
    inputs: Annotated[
        Path | None,
        typer.Option(
            help="What it was given, (batch, T, input_dim): a .npy file, or a .npz with inputs, "
            "initial_h, initial_c, mask, lengths; may be the file of --actual."
        ),
    ] = None,
    node: Annotated[
        str | None, typer.Option(help="The layer's name in the model, if there are several.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="A .npz file with the weights that are inputs of the model, by name."),
    ] = None,
    dtype: Annotated[
        str | None, typer.Option(help="What it computes in; that of --actual if not said.")
    ] = None,
    max_faults: Annotated[
        int, typer.Option(help="How many mistakes are tried together, 1 or 2.")
    ] = 2,
    limit: Limits = None,
) -> None:
    """Say which mistake explains what an implementation gives; exit with 1 if it is not right."""
    from symlstm.command.layer_files import gradients, layer_from, on_inputs, outputs
    from symlstm.diagnosis.diagnosis import diagnose as run
    from symlstm.files.arrays import read_arrays

    with allowing(limit), working(f"diagnosing {printable(actual.name)}"):
        arrays = read_arrays(actual, "actual")
        asked = on_inputs(layer_from(file, node, weights), inputs, arrays)
        given = outputs(actual, arrays)
        found = run(
            asked.layer,
            asked.inputs,
            given,
            dtype=dtype,
            max_faults=max_faults,
            **asked.options,
            **gradients(arrays),
        )
        told = str(found)
    typer.echo(told)
    raise typer.Exit(0 if found.verdict == "right" else 1)
