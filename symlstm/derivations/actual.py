"""What a derivation file says that an implementation gave: the table [actual], and its diagnosis.

::

    sequence_out         what it gave, by name; state_h, state_c, i, z_f, ..., too
    dtype                the format that it computes in, "float32" unless given
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symlstm.derivations.expected import Subject
from symlstm.derivations.tables import Tables
from symlstm.errors import SymlstmError
from symlstm.gradients.gradients import Gradients
from symlstm.numbers.arrays import rational_array
from symlstm.numbers.floats import Format, format_named
from symlstm.numbers.rounding import nearest_float
from symlstm.runs.layer import Layer
from symlstm.runs.trace import Trace

if TYPE_CHECKING:
    from symlstm.diagnosis.diagnosis import Diagnosis


class Diagnosed(Tables):
    """Reads what an implementation gave, and finds the mistake that explains it."""

    def diagnosis(self, subject: Subject, layer: Layer | None) -> Diagnosis | None:
        """Return the diagnosis of what a file says that an implementation gave, if it does.

        Raises `SpecError` for what is no numbers of a run, and where nothing is run with numbers.
        """
        table = self.table("actual", optional=True)
        if "actual" not in self.data:
            return None
        if "layers" in self.data:
            mend = "leave it out, or give [cell] and [weights]"
            raise self.error("actual", f"is of a single [cell], and not of [[layers]]; {mend}")
        if layer is None or not isinstance(subject, Trace | Gradients):
            raise self.error("actual", "is of a run with numbers; leave it out here")
        run = self.table("run")
        format_ = self.attempt("actual", lambda: format_named(table.pop("dtype", "float32")))
        given = {name: self._floats(name, values, format_) for name, values in table.items()}
        if not given:
            raise self.error("actual", "has no values; give sequence_out, or others by name")
        options = {name: run.get(name) for name in ("initial_state", "mask", "sequence_lens")}
        return self.attempt(
            "actual",
            lambda: layer.diagnose(run["inputs"], given, dtype=format_.name, **options),
        )

    def _floats(self, name: str, values: Any, format_: Format) -> NDArray[Any]:
        """Return numbers as they are printed as the floats that they are printed of."""
        try:
            array = rational_array(values, argument=name)
        except SymlstmError as error:
            raise self.error("actual", str(error)) from error
        floats = [nearest_float(entry, format_) for entry in array.flat]
        return np.array(floats, dtype=format_.dtype).reshape(array.shape)
