"""A derivation file: what is asked for, in TOML, and what it comes to.

::

    title = "..."        a line of text
    [cell]               type = "LSTM", and the cell's own options
    [weights]            numbers by group, as `Cell.bind` takes them; without it, symbols
    [run]                inputs, initial_state, stateful; or steps, initial_state, max_size
    [backward]           for gradients: grad_sequence, grad_state_h, grad_state_c, or nothing
    [training]           what `Layer.fit` takes; batch_size may be several, [1, 4]
    [expect]             what must come out, by name: state_h = 3211, i = [1, 2, 13]
    [expect.gradients]   gradients by name: W_i = 17602; kernel = [[...]]
    [expect.weights]     weights after training, by name; an entry for each of several batch sizes
    [document]           author, introduction, worked, closed_form_size, state_jacobian, beside

Numbers are exact: ``0.1`` is one tenth and ``"1/3"`` a third. Nothing in a file is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from symlstm.activations import rational_names, row_named
from symlstm.cell import Cell
from symlstm.cells import CELLS
from symlstm.derivation import SUFFIX, Derivation, Expectation
from symlstm.errors import NotExactError, SpecError, SymlstmError, choices
from symlstm.gradients import Gradients
from symlstm.layer import Layer
from symlstm.numbers import rational_array
from symlstm.objective import LOSSES
from symlstm.tables import Result, Tables, read
from symlstm.trace import Trace

if TYPE_CHECKING:
    from symlstm.training import Training

RESULTS = ("sequence_out", "state_h", "state_c")
"""What a file can expect besides the names of its cell."""

TABLES = {"cell", "weights", "run", "backward", "training", "expect", "document"}
SEEDS = {"grad_sequence", "grad_state_h", "grad_state_c"}
TRAINING = {
    *("targets", "loss", "learning_rate", "batch_size"),
    *("epochs", "return_sequences", "max_digits"),
}
NESTED = {
    "gradients": "gradients are expected of [backward], and not of [training]; give that table",
    "weights": "weights are expected of [training]; give that table",
}
DOCUMENT: dict[str, tuple[type, str]] = {
    "author": (str, "text"),
    "introduction": (str, "text"),
    "worked": (bool, "true or false"),
    "closed_form_size": (int, "a whole number"),
    "state_jacobian": (str, "the name of a state"),
    "beside": (str, "the name of a derivation file"),
}

Subject: TypeAlias = Trace[Any] | Gradients | tuple["Training", ...]


def load(path: str | Path) -> Derivation:
    """Read a derivation file and run it.

    Raises `SpecError` for whatever is wrong in it; the message names the file, the key and the
    mend.
    """
    reader = _Reader(Path(path), read(Path(path)))
    beside = reader.beside()
    if beside is None:
        return reader.derivation(None)
    try:
        return reader.derivation(_load_beside(beside))
    except SpecError as error:
        if str(error).startswith(f"{beside}: "):
            raise reader.error("document", f"beside: {error}") from error
        raise


def _load_beside(path: Path) -> Derivation:
    reader = _Reader(path, read(path))
    if reader.beside() is not None:
        raise reader.error("document", "beside is given, and this file is beside another one")
    return reader.derivation(None)


@dataclass(frozen=True)
class _Reader(Tables):
    """Turns a file's tables into what they ask for."""

    def derivation(self, beside: Derivation | None) -> Derivation:
        self.keys("", {"title", *TABLES})
        cell, document = self.cell(), self.document()
        subject = self.subject(cell)
        self.state(document, cell)
        expect = tuple(self.expect(subject))
        document = {key: value for key, value in document.items() if key != "beside"}
        author = document.pop("author", "")
        return Derivation(self.path, self.title(), subject, expect, document, author, beside)

    def title(self) -> str:
        title = self.data.get("title", self.path.name.removesuffix(SUFFIX))
        if not isinstance(title, str):
            raise self.error("", f"title is {title!r}; give text")
        return title

    def cell(self) -> Cell:
        table = self.table("cell")
        kind = table.pop("type", None)
        if not isinstance(kind, str) or kind not in CELLS:
            raise self.error("cell", f"type is {kind!r}; {choices(kind, CELLS)}")
        options = [option.name for option in fields(CELLS[kind])]
        self.keys("cell", {"type", *options})
        if "units" not in table:
            raise self.error("cell", "units is missing; give the size of the state")
        return self.attempt("cell", lambda: CELLS[kind](**table))

    def subject(self, cell: Cell) -> Subject:
        if "training" in self.data and "backward" in self.data:
            raise self.error("backward", "is part of [training] already; leave one of them out")
        if "training" in self.data:
            return self.trainings(cell)
        trace = self.trace(cell)
        if "backward" not in self.data:
            return trace
        seeds = self.table("backward")
        self.keys("backward", SEEDS)
        return self.attempt("backward", lambda: trace.backward(**seeds))

    def trace(self, cell: Cell) -> Trace[Any]:
        run = self.table("run")
        if "weights" not in self.data:
            self.keys(
                "run", {"steps", "initial_state", "max_size"}, "for symbols, with no [weights]"
            )
            self.require("run", "steps", "give the number of time steps")
            return self.attempt("run", lambda: cell.unroll(run.pop("steps"), **run))
        layer = self.layer(cell)
        self.keys("run", {"inputs", "initial_state", "stateful"}, "for numbers")
        self.require("run", "inputs", "give a sequence of them")
        self.boolean("run", "stateful")
        return self.exactly(cell, "run", lambda: layer.run(run.pop("inputs"), **run))

    def trainings(self, cell: Cell) -> tuple[Training, ...]:
        layer, run, training = self.layer(cell), self.table("run"), self.table("training")
        self.keys("run", {"inputs"}, "for training, in which states start from zero")
        self.require("run", "inputs", "give several sequences")
        self.keys("training", TRAINING)
        self.require("training", "targets", "give one for each sequence")
        self.require("training", "loss", f"give one of {', '.join(LOSSES)}")
        self.require("training", "learning_rate", 'give a number such as "1/10"')
        self.boolean("training", "return_sequences")
        sizes = training.pop("batch_size", 1)
        sizes = sizes if isinstance(sizes, list) else [sizes]
        if not sizes or any(size in sizes[:k] for k, size in enumerate(sizes)):
            raise self.error(
                "training", f"batch_size is {sizes}; give a whole number, or a list of several"
            )
        fit = partial(layer.fit, run["inputs"], training.pop("targets"), **training)
        return tuple(
            self.exactly(cell, "training", partial(fit, batch_size=size)) for size in sizes
        )

    def layer(self, cell: Cell) -> Layer:
        weights = self.table("weights")
        return self.attempt("weights", lambda: cell.bind(**weights))

    def exactly(self, cell: Cell, table: str, run: Callable[[], Result]) -> Result:
        """Run something; name the key behind a function that has no exact values."""
        try:
            return run()
        except NotExactError as error:
            raise self._transcendental(cell, error) from error
        except SymlstmError as error:
            raise self.error("run" if error.argument == "inputs" else table, str(error)) from error

    def document(self) -> dict[str, Any]:
        table = self.table("document", optional=True)
        self.keys("document", set(DOCUMENT))
        for key, value in table.items():
            kind, wanted = DOCUMENT[key]
            if type(value) is not kind:
                raise self.error("document", f"{key} is {value!r}; give {wanted}")
        if table.get("closed_form_size", 0) < 0:
            raise self.error("document", "closed_form_size is below 0; give 0 for no closed forms")
        return table

    def state(self, document: Mapping[str, Any], cell: Cell) -> None:
        """Raise for a state Jacobian that there is none of."""
        state = document.get("state_jacobian")
        if state is not None and "training" in self.data:
            raise self.error("document", "state_jacobian is not for [training]; leave it out")
        if state is not None and state not in cell.states:
            known = choices(state, cell.states)
            raise self.error("document", f"state_jacobian is {state!r}; {known}")

    def beside(self) -> Path | None:
        """Return the file of the derivation that follows in the document."""
        name = self.document().get("beside")
        return None if name is None else self.path.parent / name

    # What must come out.

    def expect(self, subject: Subject) -> Iterator[Expectation]:
        table = self.table("expect", optional=True)
        for name, known in (("gradients", Gradients), ("weights", tuple)):
            if name in table and not isinstance(subject, known):
                raise self.error("expect", NESTED[name])
        nested = {name: table.pop(name, {}) for name in ("gradients", "weights")}
        for name, value in nested.items():
            if not isinstance(value, dict):
                raise self.error("expect", f"{name} is {value!r}; make it a table")
        yield from self.values(subject, table)
        if isinstance(subject, Gradients):
            yield from self.gradients(subject, nested["gradients"])
        elif isinstance(subject, tuple):
            yield from self.weights(subject, nested["weights"])

    def values(self, subject: Subject, table: Mapping[str, Any]) -> Iterator[Expectation]:
        if isinstance(subject, tuple):
            return self.unknown("expect", table, ["weights"])
        trace = subject.adjoints if isinstance(subject, Gradients) else subject
        if table:
            self.numeric(trace)
        results = [n for n in RESULTS if n.removeprefix("state_") in (*trace.names, RESULTS[0])]
        nested = ["gradients"] if isinstance(subject, Gradients) else []
        self.unknown("expect", table, [*results, *trace.names, *nested])
        for name, value in table.items():
            actual = getattr(trace, name) if name in RESULTS else trace[name]
            last = name.startswith("state_")
            axis = None if last else int(trace.layout == "batch")
            step = len(trace) if last else None
            yield self.expectation("expect", name, value, actual, over_time=axis, step=step)

    def gradients(self, gradients: Gradients, table: Mapping[str, Any]) -> Iterator[Expectation]:
        cell, trace = gradients.cell, gradients.adjoints
        groups, weights = list(cell.groups), list(cell.weights)
        if table:
            self.numeric(trace)
        self.unknown("expect.gradients", table, [*groups, *weights, *trace.names])
        for name, value in table.items():
            actual = gradients.stacked(name) if name in groups else gradients[name]
            axis = None if name in (*groups, *weights) else int(trace.layout == "batch")
            label = f"gradient by {name}"
            yield self.expectation("expect.gradients", label, value, actual, over_time=axis)

    def weights(
        self, trainings: tuple[Training, ...], table: Mapping[str, Any]
    ) -> Iterator[Expectation]:
        layers = [training.layer for training in trainings]
        groups, weights = list(layers[0].cell.groups), list(layers[0].cell.weights)
        self.unknown("expect.weights", table, [*groups, *weights])
        for name, value in table.items():
            each = [one.stacked(name) if name in groups else one[name] for one in layers]
            actual = np.stack(each) if len(each) > 1 else each[0]
            yield self.expectation("expect.weights", f"{name} after training", value, actual)

    def numeric(self, trace: Trace[Any]) -> None:
        if trace.given is None:
            raise self.error("expect", "needs numbers to compare with; give [weights]")

    def expectation(
        self, table: str, name: str, value: Any, actual: Any, **options: Any
    ) -> Expectation:
        expected = self.attempt(table, lambda: rational_array(value, argument=name))
        shape = np.shape(actual)
        if expected.shape not in ((), shape):
            raise self.error(
                table,
                f"{name} has shape {expected.shape}, and the run gives {shape}; give that, or a "
                "number that fills it",
            )
        expected = np.broadcast_to(expected, shape)
        return Expectation(name, expected, actual, **options)

    def _transcendental(self, cell: Cell, error: NotExactError) -> SpecError:
        """Name the keys behind functions that have no exact values."""
        known = rational_names()
        options = {option: getattr(cell, option) for option in cell.activations}
        named = " and ".join(
            f"{option} is {name!r}"
            for option, name in options.items()
            if not row_named(name).rational
        )
        if not named:
            return self.error("cell", str(error))
        symbols = "" if "training" in self.data else ", or leave out [weights] for symbols"
        mend = f"choose among {', '.join(known)}{symbols}"
        return self.error("cell", f"{named}, which has no exact values; {mend}")
