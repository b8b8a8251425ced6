"""The LSTM of ONNX: peepholes, three activations, a clip, and coupled gates, each on request."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.clipped import Clipped
from symlstm.cells.gated import GatedCell
from symlstm.cells.output_activation import OutputActivation
from symlstm.cells.peephole import peephole
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, ones, subtract


@dataclass(frozen=True, repr=False)
class OnnxLSTM(Clipped, OutputActivation):
    r"""The LSTM of ONNX's operator, in its own terms.

    Beside what `LSTM` takes: ``output_activation``, the one of the new cell state (ONNX's h, where
    ``recurrent_activation`` is its f and ``activation`` its g); ``peepholes``, for a group of
    weights ``peephole`` (i, f, o); ``clip``, which bounds what every gate is given to ±clip; and
    ``input_forget``, for f = 1 - i, so that there are no weights of f. Raises `CellError` for
    options that are none.

    ONNX operators, "LSTM" (version 22); coupled gates are those of Greff et al., "LSTM: A Search
    Space Odyssey" (2017), section III.

    >>> for equation in OnnxLSTM(units=2, peepholes=True, input_forget=True).equations[:3]:
    ...     print(equation)
    i_t = σ(W_i x_t + U_i h_{t-1} + p_i ⊙ c_{t-1} + b_i)
    f_t = 1 - i_t
    c̃_t = tanh(W_c x_t + U_c h_{t-1} + b_c)
    """

    _: KW_ONLY
    peepholes: bool = False
    input_forget: bool = False

    parameters: ClassVar = {**GatedCell.parameters, "peephole": "p"}

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        i, f, c_tilde, o, c = map(self.vector, ("i", "f", "c_tilde", "o", "c"))
        return (
            Equation(i, self._gate("i", c.previous)),
            Equation(f, subtract(ones(i), i) if self.input_forget else self._gate("f", c.previous)),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(c, add(hadamard(f, c.previous), hadamard(i, c_tilde))),
            Equation(o, self._gate("o", c)),
            Equation(self.h, hadamard(o, self.psi(c))),
        )

    def _gate(self, gate: str, state: Quantity) -> MatrixExpr:
        seen = [peephole(gate, state)] if self.peepholes else []
        return self.sigma(self.weighted(gate, *seen))

    def sigma(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the recurrent activation of ``argument`` within the limit."""
        return super().sigma(self.clipped(argument))
