"""Collect derivation files as tests, ``pytest derivations/``, and give tests random layers.

Each ``*.derivation.toml`` gives a test that what it expects holds exactly, one that float64
agrees, and one for each document beside it that symlstm generated: that it is what the file
generates today, and the figures in its folder, too. Of a run that rounds every value, it is proven
how far it is from the true ones, instead of float64.

The fixture ``layer_case`` is a random layer with true values, for a test of someone's own; see
`symlstm.testing.layer_case.LayerCase`. Its marker has the options:
``@pytest.mark.layer_case(cell=GRU(4, 3), dtype="float16")``. Both go by the name ``lstm_case``,
too, from the time when LSTMs were all there was. The fixtures ``assert_right`` and
``assert_ulp`` are those of `symlstm.testing`, for a layer of one's own.

Nothing of symlstm is imported before such a file is collected or such a fixture is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from symlstm.derivations.derivation import Derivation
    from symlstm.testing.layer_case import LayerCase

NAMES = ("layer_case", "lstm_case")
"""What the fixture and its marker are called: the second is the old one."""
MARKER = (
    '{name}(units=4, input_dim=3, steps=10, batch=2, dtype="float32", seed=0, '
    "initial_state=False, cell=None, **cell_options): what the fixture {name} is to be; "
    "batch=None is one sequence, and cell=GRU(4, 3) any cell"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, by both of its names."""
    for name in NAMES:
        config.addinivalue_line("markers", MARKER.format(name=name))


@pytest.fixture
def layer_case(request: pytest.FixtureRequest) -> LayerCase:
    """Give a random layer, ``.inputs`` (batch, T, input_dim) for it, and true values.
    ``.assert_right(out)`` takes what your own layer makes of them, (batch, T, units), with
    ``.kernel``, ``.recurrent_kernel`` and ``.bias``, stacked as Keras does it: gates i, f, c, o, or
    z, r, h. ``.initial_state`` is [h, c], each (batch, units). The marker ``layer_case`` has the
    options: ``units``, ``input_dim``, ``steps``, ``batch`` (None for one sequence, without that
    axis), ``dtype``, ``seed``, ``initial_state``; and those of `LSTM`, which it is of, or
    ``cell=GRU(4, 3)``, or any other, instead of sizes, with its ``.recurrent_bias``, ``.peephole``
    or ``.projection``. ``.layer.stacked(layout="torch")`` has all weights as a program does.
    """  # noqa: D205 (`pytest --fixtures` shows what comes before the first empty line)
    from symlstm.errors import SymlstmError
    from symlstm.testing.layer_case import random_case

    markers = (request.node.get_closest_marker(name) for name in NAMES)
    marker = next(filter(None, markers), None)
    if marker is not None and marker.args:
        message = f"{marker.name} takes its options by name, not {marker.args}"
        pytest.fail(message, pytrace=False)
    try:
        return random_case(**(marker.kwargs if marker else {}))
    except SymlstmError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def lstm_case(layer_case: LayerCase) -> LayerCase:
    """Give what ``layer_case`` gives; this is its old name, and that of its marker."""
    return layer_case


@pytest.fixture
def assert_right() -> Callable[..., None]:
    """Give ``assert_right(actual, layer.reference(inputs))``: rounding has to explain all."""
    from symlstm.testing.assertion import assert_right

    return assert_right


@pytest.fixture
def assert_ulp() -> Callable[..., None]:
    """Give ``assert_ulp(actual, layer.reference(inputs), max_ulp=4)``, in units you choose."""
    from symlstm.testing.assertion import assert_ulp

    return assert_ulp


class DerivationError(AssertionError):
    """What a derivation promises and does not keep; its text is the whole report."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a derivation file."""
    if not file_path.name.endswith(".derivation.toml"):
        return None
    return DerivationFile.from_parent(parent, path=file_path)


class DerivationFile(pytest.File):
    """A derivation file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each thing that the file promises."""
        from symlstm.derivations.spec import load
        from symlstm.errors import SymlstmError

        try:
            derivation = load(self.path)
        except SymlstmError as error:
            raise self.CollectError(str(error)) from error
        if derivation.expectations:
            yield _item(self, "expect", derivation, ExpectItem)
        if derivation.numeric:
            yield _item(self, "float64", derivation, FloatItem)
        if derivation.rounds:
            yield _item(self, "distance", derivation, DistanceItem)
        for document in derivation.documents():
            yield _item(self, document.name, derivation, DocumentItem)


class DerivationItem(pytest.Item):
    """A test of one thing that a derivation file promises."""

    derivation: Derivation

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a broken promise without a traceback through symlstm."""
        from symlstm.errors import SymlstmError

        if isinstance(excinfo.value, DerivationError | SymlstmError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the test by its file."""
        return self.path, None, f"{self.path.name}: {self.name}"


class ExpectItem(DerivationItem):
    """What the file expects holds exactly."""

    def runtest(self) -> None:
        """Report every value that is not the expected one."""
        mismatches = self.derivation.mismatches()
        if mismatches:
            raise DerivationError("\n".join(map(str, mismatches)))


class FloatItem(DerivationItem):
    """NumPy's float64 agrees with the exact values, or the certified ones."""

    def runtest(self) -> None:
        """Report the first value that is further off than rounding explains."""
        for check in self.derivation.checks():
            if not check.agrees:
                raise DerivationError(str(check))


class DistanceItem(DerivationItem):
    """How far a run that rounds every value is from the true values can be proven."""

    def runtest(self) -> None:
        """Report how far that is, with the test."""
        apart = max(distance.most for distance in self.derivation.distances())
        self.user_properties.append(("distance", f"{apart:.1e}"))


class DocumentItem(DerivationItem):
    """A document is what the file generates today."""

    def runtest(self) -> None:
        """Report the first line that differs."""
        difference = self.derivation.stale(self.path.with_name(self.name))
        if difference:
            raise DerivationError(difference)


def _item(
    parent: DerivationFile, name: str, derivation: Derivation, kind: type[DerivationItem]
) -> pytest.Item:
    item: DerivationItem = kind.from_parent(parent, name=name)
    item.derivation = derivation
    return item
