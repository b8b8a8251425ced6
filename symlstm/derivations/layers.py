"""What a derivation file says of a network: the tables [[layers]], each with its own.

::

    [[layers]]           type, units and other options of the cell, as in [cell]; as in Keras,
                         bidirectional, merge_mode, go_backwards, zero_output_for_mask
    [layers.weights]     as [weights]; [layers.backward_weights] of the other direction
    [layers.expect]      as [expect], and [layers.backward_expect]

The size of a layer's inputs is that of the outputs before it, unless it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symlstm.derivations.expectation import Expectation
from symlstm.derivations.expected import Subject, layers_of
from symlstm.derivations.heads import WithHead
from symlstm.derivations.network_source import network_source
from symlstm.errors import choices
from symlstm.numbers.exact import shown
from symlstm.runs.layer import Layer
from symlstm.runs.merging import MERGES
from symlstm.runs.network import Network
from symlstm.writers.source import Source

OF_A_CELL = {
    "cell": "each of [[layers]] has its own cell",
    "weights": "each of [[layers]] has its own [layers.weights]",
}
"""What a file with layers has no table of, and why."""
OPTIONS = {
    *("bidirectional", "merge_mode", "go_backwards", "zero_output_for_mask"),
    *(f"{before}{table}" for before in ("", "backward_") for table in ("weights", "expect")),
}
"""What a layer has beside the options of its cell."""
MERGE_MODES = ("concat", *MERGES)


@dataclass(frozen=True)
class Layered(WithHead):
    """Reads the tables of a network; ``further`` are keys of a layer beside those of its cell."""

    further: frozenset[str] = field(default=frozenset(), kw_only=True)

    def network(self) -> Network:
        """Return the network that a file has; raises `SpecError` for what is none."""
        for table, mend in OF_A_CELL.items():
            if table in self.data:
                raise self.error("", f"[{table}] and [[layers]] are both given; {mend}")
        for number, _ in enumerate(self._tables()):
            self._reader(number, "").cell()  # what is no key of it is an error before all others
        merge = self._merge()
        levels: list[list[Layer]] = []
        for number, one in enumerate(self._tables()):
            size = Network(levels, merge).output_dim if levels else None
            levels.append([self._layer(number, before, size) for before in _directions(one)])
            self.attempt(f"layers[{number}]", lambda: Network(levels, merge))
        head, every = self.head_layer(Network(levels, merge).output_dim)
        return self.attempt("head", lambda: Network(levels, merge, head, every))

    def source_of(self, network: Network, digits: int) -> Source:
        """Return the code of the file; balls are of so many digits unless it says it."""
        tables = enumerate(self._tables())
        parts = [self._reader(k, before).data for k, one in tables for before in _directions(one)]
        heads = [] if network.head is None else [self.head_tables(network.head.input_dim)]
        return network_source(network, [*parts, *heads], self.data, digits)

    def expect_of_layers(self, subject: Subject) -> Iterator[Expectation]:
        """Yield what the file expects of each layer of a network."""
        if "layers" not in self.data:
            return
        every = layers_of(subject)
        layers = enumerate(every, start=1)
        for number, table in enumerate(self._tables()):
            for before, (count, layer) in zip(_directions(table), layers, strict=False):
                reader = replace(self._reader(number, before), label=f"layer {count}, ")
                yield from reader.expect(layer)
        yield from self.expect_of_head(every[-1])

    def _tables(self) -> list[dict[str, Any]]:
        tables = self.data["layers"]
        if (
            not isinstance(tables, list)
            or not tables
            or not all(isinstance(t, dict) for t in tables)
        ):
            raise self.error("", f"layers is {shown(tables)}; give a table [[layers]] for each")
        return tables

    def _merge(self) -> str:
        """Return how outputs are merged, which all levels of a network have in common."""
        found: dict[str, int] = {}
        for number, table in enumerate(self._tables()):
            where = f"layers[{number}]"
            both = table.get("bidirectional", False)
            for key in ("bidirectional", "go_backwards", "zero_output_for_mask"):
                if not isinstance(table.get(key, False), bool):
                    raise self.error(where, f"{key} is {shown(table[key])}; give true or false")
            for key in ("merge_mode", *(f"backward_{one}" for one in ("weights", "expect"))):
                if key in table and not both:
                    raise self.error(where, f"{key} is for bidirectional = true; give it, too")
            mode = table.get("merge_mode", MERGE_MODES[0])
            if mode not in MERGE_MODES:
                raise self.error(
                    where, f"merge_mode is {shown(mode)}; {choices(mode, MERGE_MODES)}"
                )
            if both:
                found.setdefault(mode, number)
        if len(found) > 1:
            (first, one), (second, other), *_ = found.items()
            message = f"merge_mode is {second!r}, and {first!r} in [layers[{one}]]"
            raise self.error(f"layers[{other}]", f"{message}; give all the same")
        return next(iter(found), MERGE_MODES[0])

    def _layer(self, number: int, before: str, size: int | None) -> Layer:
        """Return the layer of a direction, whose inputs are of a size unless the file says it."""
        reader, table = self._reader(number, before), self._tables()[number]
        if size is not None:
            reader.data["cell"].setdefault("input_dim", size)
        if f"{before}weights" not in table:
            mend = f"give numbers in [layers.{before}weights]"
            raise self.error(f"layers[{number}]", f"{before}weights is missing; {mend}")
        cell = reader.cell()
        backwards = table.get("go_backwards", False) is not bool(before)
        hides = table.get("zero_output_for_mask", False)
        layer: Layer = reader.layer(cell)
        return replace(layer, go_backwards=backwards, zero_output_for_mask=hides)

    def _reader(self, number: int, before: str) -> Any:
        """Return what reads the tables of one direction of a layer, as those of a single cell."""
        table, where = self._tables()[number], f"layers[{number}]"
        parts = {name: table.get(f"{before}{name}", {}) for name in ("weights", "expect")}
        options = {key: value for key, value in table.items() if key not in OPTIONS}
        shown = {name: f"{where}.{before}{name}" for name in parts}
        return replace(
            self,
            data={"cell": options, "run": self.data.get("run", {}), **parts},
            shown={"cell": where, **shown},
            further=frozenset(OPTIONS),
        )


def _directions(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what stands before the names of a layer's tables, for each of its directions."""
    return ("", "backward_") if table.get("bidirectional", False) else ("",)
