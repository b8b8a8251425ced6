"""The LSTM whose output is projected to another size."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from symlstm.cells.lstm import LSTM
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, multiply, t
from symlstm.numbers.exact import whole_number


@dataclass(frozen=True, repr=False)
class ProjectedLSTM(LSTM):
    r"""The LSTM with a projected output: h_t has size ``proj_size``, and c_t ``units``.

    It takes what `LSTM` takes, the size of the output, and one more group of weights:
    ``projection`` of shape (units, proj_size). ``recurrent_kernel`` has shape (proj_size, 4·units).

    Sak, Senior and Beaufays, "Long Short-Term Memory Based Recurrent Neural Network Architectures
    for Large Vocabulary Speech Recognition" (2014), section 2.2, without its peepholes and its
    non-recurrent projection, as in PyTorch.

    >>> print(ProjectedLSTM(units=4, proj_size=2).equations[-1])
    h_t = P (o_t ⊙ tanh(c_t))
    """

    _: KW_ONLY
    proj_size: int = 1

    parameters: ClassVar = {**LSTM.parameters, "projection": "P"}

    def __post_init__(self) -> None:
        size = whole_number(self.proj_size, argument="proj_size")
        object.__setattr__(self, "proj_size", size)
        super().__post_init__()

    @property
    def h(self) -> Quantity:
        """The output ``h_t``, of size ``proj_size``."""
        return Quantity("h", self.proj_size, time=t)

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations: those of the LSTM, and the projection of its output."""
        *gates, output = super().define()
        projection = Quantity("P", self.proj_size, self.units)
        return (*gates, Equation(self.h, multiply(projection, output.rhs)))
