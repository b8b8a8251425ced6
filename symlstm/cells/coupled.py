"""The LSTM whose input gate and forget gate add up to one."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from symlstm.cells.gated import GatedCell
from symlstm.equations.equation import Equation
from symlstm.equations.expression import add, hadamard, ones, subtract
from symlstm.errors import CellError, choices


@dataclass(frozen=True, repr=False)
class CoupledLSTM(GatedCell):
    r"""The LSTM with coupled gates: f = 1 - i, or with ``coupled="i"`` i = 1 - f.

    It takes what `LSTM` takes, but no forget bias; the gate that is ``coupled`` has no weights.
    Raises `CellError` for another gate. TensorFlow 1 and TFLite have i = 1 - f, ONNX f = 1 - i.

    Greff et al., "LSTM: A Search Space Odyssey" (2017), section III, "CIFG".

    >>> for equation in CoupledLSTM(units=2).equations[:2]:
    ...     print(equation)
    i_t = σ(W_i x_t + U_i h_{t-1} + b_i)
    f_t = 1 - i_t
    """

    _: KW_ONLY
    coupled: Literal["i", "f"] = "f"

    def __post_init__(self) -> None:
        if self.coupled not in ("i", "f"):
            message = f"coupled is {self.coupled!r}; {choices(self.coupled, ('i', 'f'))}"
            raise CellError(message, argument="coupled")
        super().__post_init__()

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        i, f, c_tilde, o, c = map(self.vector, ("i", "f", "c_tilde", "o", "c"))
        free, coupled = (i, f) if self.coupled == "f" else (f, i)
        return (
            Equation(free, self.sigma(self.weighted(free.name))),
            Equation(coupled, subtract(ones(free), free)),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(o, self.sigma(self.weighted("o"))),
            Equation(c, add(hadamard(f, c.previous), hadamard(i, c_tilde))),
            Equation(self.h, hadamard(o, self.phi(c))),
        )
