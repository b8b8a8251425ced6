"""The command ``symlstm diagnose``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import click

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import printable


def diagnose(
    file: Annotated[
        Path,
        Argument(
            "The layer as it should be: a model (.onnx, .safetensors, .keras, .h5), a "
            "derivation file, or what symlstm probe wrote.",
            metavar="FILE",
        ),
    ],
    actual: Annotated[
        Path,
        Option(
            "What the implementation gave: the output over time in a .npy file, or in a .npz "
            "sequence_out, state_h, state_c, and any value by name, such as i or z_f; or, beside "
            "or instead, gradients, such as grad_W_i, grad_kernel, grad_inputs, grad_c and "
            "grad_initial_h, of the loss whose own are grad_sequence, grad_state_h, grad_state_c."
        ),
    ],
    inputs: Annotated[
        Path | None,
        Option(
            "What it was given, (batch, T, input_dim): a .npy file, or a .npz with inputs, "
            "initial_h, initial_c, mask, lengths; may be the file of --actual."
        ),
    ] = None,
    node: Annotated[
        str | None, Option("The layer's name in the model, if there are several.")
    ] = None,
    weights: Annotated[
        Path | None,
        Option("A .npz file with the weights that are inputs of the model, by name."),
    ] = None,
    dtype: Annotated[
        str | None, Option("What it computes in; that of --actual if not said.")
    ] = None,
    max_faults: Annotated[int, Option("How many mistakes are tried together, 1 or 2.")] = 2,
    limit: Limits = (),
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
    click.echo(told)
    sys.exit(0 if found.verdict == "right" else 1)
