"""The command ``symlstm probe``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click

from symlstm.command.declared import Argument, Option
from symlstm.command.options import Force, Limits, allowing
from symlstm.command.waiting import working
from symlstm.errors import OutputError, printable


def probe(
    file: Annotated[
        Path,
        Argument(
            "A layer of the kind, whose weights are not used: a model (.onnx, .safetensors, "
            ".keras, .h5) or a derivation file.",
            metavar="FILE",
        ),
    ],
    output: Annotated[
        Path,
        Option(
            "Write weights, inputs and initial states to this .npz file.",
            names=("--output", "-o"),
        ),
    ],
    node: Annotated[
        str | None, Option("The layer's name in the model, if there are several.")
    ] = None,
    layout: Annotated[
        str | None, Option("Have weights as this program does, such as torch.")
    ] = None,
    steps: Annotated[int, Option("How many time steps.")] = 3,
    batch: Annotated[int, Option("How many sequences.")] = 2,
    seed: Annotated[int, Option("What numbers are drawn from.")] = 0,
    pairs: Annotated[bool, Option("Say how far apart all pairs of mistakes are, too.")] = False,
    force: Force = False,
    limit: Limits = (),
) -> None:
    """Write numbers on which every mistake shows, to run on and to diagnose what comes out."""
    from symlstm.command.layer_files import layer_from
    from symlstm.diagnosis.probes.about import about_pairs
    from symlstm.diagnosis.probes.file import is_probe, packed
    from symlstm.diagnosis.probes.probe import probe as made
    from symlstm.files.writing import target

    if output.suffix != ".npz":
        raise OutputError(f"{output}: is to hold arrays by name; end it in .npz")
    place = target(output, is_probe, force=force, given=[file])
    with allowing(limit), working(f"probing {printable(file.name)}"):
        layer = layer_from(file, node).layer
        found = made(layer, steps=steps, batch=batch, seed=seed, layout=layout)
        place.write(packed(found))
        told = [found.about, about_pairs(found.pairs)] if pairs else [found.about]
    click.echo("\n\n".join(told))
