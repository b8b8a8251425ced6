"""The LSTM of TensorFlow 1 and TensorFlow Lite: peepholes, a projection, clips, coupled gates."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.clipped import bounded
from symlstm.cells.forget_bias import ForgetBias
from symlstm.cells.options import keep_exact
from symlstm.cells.peephole import peephole
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, add, hadamard, multiply, ones, subtract, t
from symlstm.errors import CellError
from symlstm.numbers.exact import whole_number

OF_A_PROJECTION = {"projection_bias": False, "proj_clip": None}
"""Options that a cell without a projection cannot have, and what they are then."""


@dataclass(frozen=True, repr=False)
class TensorFlowLSTM(ForgetBias):
    r"""The LSTM of TensorFlow 1's LSTMCell and of TensorFlow Lite, each part on request.

    Beside what `LSTM` takes: ``peepholes``, for a group of weights ``peephole`` (i, f, o);
    ``proj_size``, for a ``projection`` of the output to that size, ``projection_bias`` for one with
    a bias, and ``proj_clip``, which bounds it to ±proj_clip; ``cell_clip``, which bounds the cell
    state before anything sees it; and ``cifg``, for i = 1 - f, so that there are no weights of i.
    ``None`` is for none, where TensorFlow Lite has 0. Raises `CellError` and `NumberError` for
    options that are none.

    tensorflow, python/keras/layers/legacy_rnn/rnn_cell_impl.py, LSTMCell, and lite/kernels/lstm.cc;
    Sak, Senior and Beaufays, "Long Short-Term Memory Based Recurrent Neural Network Architectures
    for Large Vocabulary Speech Recognition" (2014), section 2.2.

    >>> cell = TensorFlowLSTM(2, peepholes=True, proj_size=1, cell_clip=3, forget_bias=1)
    >>> for equation in (cell.equations[1], *cell.equations[3:]):
    ...     print(equation)
    f_t = σ(W_f x_t + U_f h_{t-1} + p_f ⊙ c_{t-1} + b_f + 1)
    c_t = clip_{3}(f_t ⊙ c_{t-1} + i_t ⊙ c̃_t)
    o_t = σ(W_o x_t + U_o h_{t-1} + p_o ⊙ c_t + b_o)
    h_t = P (o_t ⊙ tanh(c_t))
    """

    _: KW_ONLY
    peepholes: bool = False
    cifg: bool = False
    proj_size: int | None = None
    projection_bias: bool = False
    cell_clip: Any = None
    proj_clip: Any = None

    parameters: ClassVar = {
        **ForgetBias.parameters,
        "peephole": "p",
        "projection": "P",
        "projection_bias": "q",
    }

    def __post_init__(self) -> None:
        if self.proj_size is not None:
            size = whole_number(self.proj_size, argument="proj_size")
            object.__setattr__(self, "proj_size", size)
        for name, without in OF_A_PROJECTION.items():
            if self.proj_size is None and getattr(self, name) != without:
                message = f"{name} is that of a projection; give proj_size, too"
                raise CellError(message, argument=name)
        keep_exact(self, "cell_clip", "proj_clip")
        super().__post_init__()

    @property
    def h(self) -> Quantity:
        """The output ``h_t``, of size ``proj_size`` where it is projected."""
        return Quantity("h", self.proj_size or self.units, time=t)

    def define(self) -> tuple[Equation, ...]:
        """Return the six equations."""
        i, f, c_tilde, o, c = map(self.vector, ("i", "f", "c_tilde", "o", "c"))
        forget = Equation(f, self.sigma(self.remembering("f", *self._seen("f", c.previous))))
        free = Equation(i, self.sigma(self.weighted("i", *self._seen("i", c.previous))))
        coupled = Equation(i, subtract(ones(f), f))
        new = add(hadamard(f, c.previous), hadamard(i, c_tilde))
        return (
            *((forget, coupled) if self.cifg else (free, forget)),
            Equation(c_tilde, self.phi(self.weighted("c"))),
            Equation(c, bounded(new, self.cell_clip, "cell_clip")),
            Equation(o, self.sigma(self.weighted("o", *self._seen("o", c)))),
            Equation(self.h, self._projected(hadamard(o, self.phi(c)))),
        )

    def _seen(self, gate: str, state: Quantity) -> list[MatrixExpr]:
        return [peephole(gate, state)] if self.peepholes else []

    def _projected(self, output: MatrixExpr) -> MatrixExpr:
        if self.proj_size is None:
            return output
        projected = multiply(Quantity("P", self.proj_size, self.units), output)
        biased = (
            add(projected, Quantity("q", self.proj_size)) if self.projection_bias else projected
        )
        return bounded(biased, self.proj_clip, "proj_clip")
