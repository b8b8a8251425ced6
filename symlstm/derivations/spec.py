"""A derivation file: what is asked for, in TOML, and what it comes to.

::

    title = "..."        a line of text
    [cell]               type, "LSTM" if not said, and the cell's own options
    [weights]            numbers as `Cell.bind` takes them: W_i = [[1]], W = {i = [[1]]}, by group,
                         or as a program has them, layout = "torch"; without it, symbols
    [run]                inputs, initial_state, stateful, mask, sequence_lens, max_digits;
                         algebra = "ball", digits;
                         rounding = "each line", digits or decimals, ties = "half up", "half even"
                         without weights: steps, initial_state, max_size
    [backward]           for gradients: grad_sequence, grad_state_h, grad_state_c, or nothing;
                         seeds by any value, seeds.c = [0, 0, 1], or by step, seeds.c = {3 = 1};
                         nothing where there is a [loss], for its gradients
    [training]           what `Layer.fit` takes: `symlstm.derivations.trainings`
    [expect]             what must come out, by name: state_h = 3211, i = [1, 2, 13]
    [expect.gradients]   gradients by name: W_i = 17602; kernel = [[...]]
    [expect.weights]     weights after training, by name; an entry for each of several batch sizes
    [document]           author, language, introduction, worked, closed_form_size, state_jacobian,
                         steps, running_sums, figures, beside
    [[layers]]           a network, instead of [cell] and [weights]: `symlstm.derivations.layers`
    [head]               a layer behind all of these: `symlstm.derivations.heads`
    [loss]               of what comes out: `symlstm.derivations.losses`; its value is in [expect]
    [exercise]           blanks, vary, bounds: see `symlstm.derivations.exercise`
    [actual]             what an implementation gave, by name, for the mistake that explains it; its
                         dtype, "float32" unless given

Numbers are exact: ``0.1`` is one tenth and ``"1/3"`` a third; for balls, ``"0.5 ± 0.01"`` is an
interval. With rounding, every value is rounded before it is used further, of two that are equally
near to the one further from zero unless ties say so. The introduction is Markdown with
mathematics. Nothing in a file is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from symlstm.cells import CELLS, LSTM
from symlstm.cells.cell import Cell
from symlstm.derivations.actual import Diagnosed
from symlstm.derivations.arithmetic import DIGITS, ROUNDING, Arithmetic
from symlstm.derivations.derivation import SUFFIX, Derivation
from symlstm.derivations.documented import DOCUMENT, Documented
from symlstm.derivations.exercise import EXERCISE, Exercised
from symlstm.derivations.expected import Expected, Subject
from symlstm.derivations.heads import HEAD
from symlstm.derivations.layers import Layered
from symlstm.derivations.losses import LOSS, WithLoss, of_loss
from symlstm.derivations.source import by_step, source
from symlstm.derivations.tables import Result, read
from symlstm.derivations.trainings import TRAINING, WithTraining
from symlstm.equations.activations import activation, rational_names
from symlstm.errors import NotExactError, SpecError, SymlstmError, choices, printable
from symlstm.numbers.budget import afford, written
from symlstm.runs.layer import Layer
from symlstm.runs.loss import RunLoss
from symlstm.runs.network import Network
from symlstm.training.training import Training
from symlstm.writers.affording import afford_document

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis

TABLES = {
    *("cell", "weights", "run", "backward", "training", "expect", "document", "exercise"),
    *("actual", "layers", "head", "loss"),
}
NUMERIC = {
    *("inputs", "initial_state", "stateful", "mask", "sequence_lens"),
    *("algebra", "digits", "max_digits", *ROUNDING),
}
SEEDS = {"grad_sequence", "grad_state_h", "grad_state_c", "seeds"}
SYMBOLIC = {"steps", "initial_state", "max_size"}
KEYS = {
    "cell": {"type", *(option.name for cell in CELLS.values() for option in fields(cell))},
    "weights": {
        *("layout", "forget_bias"),
        *(group for cell in CELLS.values() for group in cell.parameters),
    },
    "run": NUMERIC | SYMBOLIC,
    "backward": SEEDS,
    "training": TRAINING,
    "document": set(DOCUMENT),
    "exercise": EXERCISE,
    "head": HEAD,
    "loss": set(LOSS),
}
"""The keys that a table can have."""


def load(path: str | Path, *, written: bool = False) -> Derivation:
    """Read a derivation file and run it.

    Where its document is to be ``written``, what no document can hold is refused before it is run.

    Raises `SpecError` for whatever is wrong in it; the message names the file, the key and the
    mend.
    """
    reader = _reader(Path(path), written=written)
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
    reader = _reader(path)
    if reader.beside() is not None:
        raise reader.error("document", "beside is given, and this file is beside another one")
    return reader.derivation(None)


def _reader(path: Path, *, written: bool = False) -> _Reader:
    data = read(path)
    return _Reader(
        path, data, written=written, shown={"cell": "layers"} if "layers" in data else {}
    )


def renumbered(derivation: Derivation, tables: Mapping[str, Any]) -> Derivation:
    """Return what a file comes to with other numbers in some of its ``tables``.

    What the file expects is of its own numbers, and nothing is expected of others.
    """
    data = {**derivation.tables, **tables}
    data.pop("expect", None)
    return _Reader(derivation.path, data).derivation(derivation.beside)


@dataclass(frozen=True)
class _Reader(
    Layered, WithLoss, WithTraining, Expected, Exercised, Diagnosed, Arithmetic, Documented
):
    """Turns a file's tables into what they ask for."""

    places: ClassVar = {key: table for table, keys in reversed(KEYS.items()) for key in keys}

    def derivation(self, beside: Derivation | None) -> Derivation:
        self.keys("", {"title", *TABLES})
        network = self.network() if "layers" in self.data else None
        cell = network.layers[0].cell if network else self.with_head(self.cell())
        document = self.document()
        subject, loss = of_loss(self.subject(cell, network))
        self.state(document, cell)
        expect = (*self.expect(subject, loss), *self.expect_of_layers(subject))
        asked = self.source_of(network, DIGITS) if network else source(self.data, DIGITS, cell)
        document = {key: value for key, value in document.items() if key != "beside"}
        author, language = document.pop("author", ""), document.pop("language", "en")
        title, told = self.title(), (author, asked, beside, language)
        further = self.exercise(subject, cell), self.data, self.diagnosed(cell, subject)
        return Derivation(self.path, title, subject, expect, document, *told, *further, loss)

    def diagnosed(self, cell: Cell, subject: Subject) -> Diagnosis | None:
        layer = self.layer(cell) if {"weights", "actual"} <= set(self.data) else None
        return self.diagnosis(subject, layer)

    def title(self) -> str:
        title = self.data.get("title", printable(self.path.name.removesuffix(SUFFIX)))
        if not isinstance(title, str):
            raise self.error("", f"title is {title!r}; give text")
        return printable(title)

    def cell(self) -> Cell:
        table = self.table("cell")
        kind = table.pop("type", LSTM.__name__)
        if not isinstance(kind, str) or kind not in CELLS:
            raise self.error("cell", f"type is {kind!r}; {choices(kind, CELLS)}")
        options = [option.name for option in fields(CELLS[kind])]
        self.keys("cell", {"type", *options, *self.further})
        if "units" not in table:
            raise self.error("cell", "units is missing; give the size of the state")
        return self.attempt("cell", lambda: CELLS[kind](**table))

    def subject(self, cell: Cell, network: Network | None) -> Subject | RunLoss:
        if "training" in self.data and "backward" in self.data:
            raise self.error("backward", "is part of [training] already; leave one of them out")
        if "training" in self.data:
            return self.trainings(cell, network)
        trace = self.trace(cell) if network is None else self.run(network)
        if "backward" not in self.data:
            return trace
        seeds = self.table("backward")
        if isinstance(trace, RunLoss):
            self.keys("backward", (), "beside [loss], whose gradients these are")
            return self.attempt("backward", trace.backward)
        if network is not None:
            self.keys("backward", SEEDS - {"seeds"}, "for [[layers]]")
        self.keys("backward", SEEDS)
        return self.attempt("backward", lambda: trace.backward(**by_step(seeds)))

    def trace(self, cell: Cell) -> Any:
        run = self.table("run")
        if "weights" not in self.data:
            self.of_numbers()
            self.keys("run", SYMBOLIC, "for symbols, with no [weights]")
            self.require("run", "steps", "give the number of time steps")
            self.afford(cell, "steps", run["steps"])
            return self.attempt("run", lambda: cell.unroll(run.pop("steps"), **run))
        return self.run(self.layer(cell))

    def run(self, layer: Layer | Network) -> Any:
        """Run a layer, or a network, on numbers."""
        run = self.table("run")
        self.keys("run", NUMERIC, "for numbers")
        self.require("run", "inputs", "give a sequence of them")
        cells = [one.cell for one in layer.layers]
        for cell in cells:
            self.afford(cell, "inputs", run["inputs"])
        self.boolean("run", "stateful")
        self.rounding(run) if "rounding" in run else self.algebra(run)
        self.digits("run")
        cell = next(filter(_is_transcendental, cells), cells[0])
        inputs = run.pop("inputs")
        trace = self.exactly(cell, "run", lambda: layer.run(inputs, **run))
        return self.lost(layer, trace, {"inputs": inputs, **run}) or trace

    def afford(self, cell: Cell, key: str, asked: Any) -> None:
        """Raise for more steps, or a larger cell, than the document to be written can hold."""
        steps = len(asked) if isinstance(asked, list) else asked
        if self.written and isinstance(steps, int):
            run = self.data["run"]
            digits = run.get("digits", run.get("decimals", 0))
            digits = digits if isinstance(digits, int) else 0
            self.attempt("run", lambda: afford_document(cell, steps, what=key, digits=digits))

    def digits(self, table: str) -> None:
        """Raise for a ``max_digits`` beyond the budget: a file does not set its own limits."""
        asked = self.data[table].get("max_digits", 0)
        if isinstance(asked, int):
            what = f"max_digits is {written(asked)}"
            self.attempt(table, lambda: afford("fraction_digits", asked, what=what))

    def trainings(self, cell: Cell, network: Network | None) -> tuple[Training, ...]:
        self.of_numbers()
        layer, run = network or self.layer(cell), self.training_run()
        self.algebra(run)
        training, sizes = self.training_options(of_network=network is not None)
        self.digits("training")
        inputs, targets, options = run.pop("inputs"), training.pop("targets"), {**training, **run}
        named = next(filter(_is_transcendental, (one.cell for one in layer.layers)), cell)
        fit = partial(layer.fit, inputs, targets, **options)
        return tuple(
            self.exactly(named, "training", partial(fit, batch_size=size)) for size in sizes
        )

    def layer(self, cell: Cell) -> Layer:
        return self.bound(cell)

    def exactly(self, cell: Cell, table: str, run: Callable[[], Result]) -> Result:
        """Run something; name the key behind a function that has no exact values."""
        try:
            return run()
        except NotExactError as error:
            raise self._transcendental(cell, error) from error
        except SymlstmError as error:
            raise self.error("run" if error.argument == "inputs" else table, str(error)) from error

    def _transcendental(self, cell: Cell, error: NotExactError) -> SpecError:
        """Name the keys behind functions that have no exact values."""
        options = {option: getattr(cell, option) for option in cell.activations}
        named = " and ".join(
            f"{option.replace('head_', '[head] ')} is {name!r}"
            for option, name in options.items()
            if not _is_rational(name)
        )
        if not named:  # an interval
            optimizer = "training" if error.argument == "optimizer" else "run"
            table = "weights" if error.argument in cell.weights else optimizer
            return self.error(table, str(error))
        symbols = "" if "training" in self.data else "leave out [weights] for symbols, "
        mend = f'give algebra = "ball" in [run] for certified digits, {symbols}or choose among'
        known = ", ".join(rational_names())
        return self.error("cell", f"{named}, which has no exact values; {mend} {known}")


def _is_rational(name: str) -> bool:
    return activation(name).rational


def _is_transcendental(cell: Cell) -> bool:
    return not all(_is_rational(getattr(cell, option)) for option in cell.activations)
