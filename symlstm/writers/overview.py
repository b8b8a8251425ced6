"""Tell which layers a network has, and how they are put together."""

from __future__ import annotations

from symlstm.writers.places import Place, is_backwards
from symlstm.writers.remarks import Flow, Said
from symlstm.writers.summary import Table
from symlstm.writers.typesetter import Typesetter

COLUMNS = (
    *("network.layer", "network.level", "network.cell"),
    *("network.inputs", "network.outputs", "network.direction"),
)
MERGES = {
    "concat": "network.concat",
    "sum": "network.sum",
    "mul": "network.mul",
    "ave": "network.ave",
    None: "network.apart",
}
"""What is said of the ways to merge the outputs of a level."""


def overview(typesetter: Typesetter, place: Place) -> Flow:
    """Return what is said of a network as a whole, with a row for each of its layers."""
    levels, layers = place.network.levels, place.network.layers
    said = [Said("network.text", {"count": len(layers), "levels": len(levels)})]
    if any(len(level) > 1 for level in levels):
        said.append(Said(MERGES[place.network.merge], {}))
    if any(map(is_backwards, layers)):
        said.append(Said("network.backwards", {"steps": len(place.network)}))
    return Flow(tuple(said), (_table(typesetter, place),))


def _table(typesetter: Typesetter, place: Place) -> Table:
    words, notation = typesetter.words, typesetter.notation
    rows = []
    for level in range(len(place.network.levels)):
        for number, trace in place.numbered(level):
            way = "network.from_the_end" if is_backwards(trace) else "network.from_the_start"
            sizes = number, level + 1, trace.cell.input_dim, trace.cell.output_dim
            first, second, *others = (notation.integer(size, digits=9) for size in sizes)
            kind = notation.words(trace.cell.named(typesetter.catalogue))
            rows.append((first, second, kind, *others, words(way)))
    return Table(tuple(map(words, COLUMNS)), tuple(rows))
