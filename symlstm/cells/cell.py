"""A cell: its options, and the equations that they make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sympy import ZeroMatrix
from sympy.matrices.expressions.matexpr import MatrixExpr

from symlstm.cells.options import KnownOptions, validate_switches
from symlstm.cells.stacking import Stack, side_by_side
from symlstm.cells.symbols import named_symbols
from symlstm.cells.wellformed import validate, validate_names, validate_spelling
from symlstm.equations import activations
from symlstm.equations.equation import Equation
from symlstm.equations.expression import Quantity, apply, before, quantities, t
from symlstm.equations.operands import Multiplication
from symlstm.equations.system import Equations
from symlstm.errors import CellError, choices
from symlstm.languages.catalogue import ENGLISH, Catalogue
from symlstm.notation.showing import Shown
from symlstm.numbers.arrays import Array
from symlstm.numbers.budget import afford, written
from symlstm.numbers.exact import whole_number
from symlstm.numbers.remembered import cached_property
from symlstm.passes.differentiate import differentiate
from symlstm.passes.preactivations import name_preactivations
from symlstm.passes.substitute import MAX_SIZE

if TYPE_CHECKING:
    from symlstm.runs.layer import Layer
    from symlstm.runs.symbolic_trace import SymbolicTrace


@dataclass(frozen=True)
class Cell(KnownOptions, Shown, ABC):
    """A recurrent cell: a system of equations over the inputs, the weights and the last step.

    A new cell is a subclass, of this or of `GatedCell`, that defines its `equations` with the
    helpers below; everything else is derived from them. ``units`` is the size of the state and
    ``input_dim`` that of an input. Activations are names in `symlstm.ACTIVATIONS`; ``None`` is the
    identity. Raises `NumberError` for sizes that are none, and `CellError` when
    another option, or the system of equations, does not hold together.
    """

    units: int
    input_dim: int = 1
    _: KW_ONLY
    activation: str | None = "tanh"
    use_bias: bool = True

    parameters: ClassVar[Mapping[str, str]] = {"kernel": "W", "recurrent_kernel": "U", "bias": "b"}
    """The names that Keras gives to groups of weights, and the letter that formulas use."""

    @abstractmethod
    def define(self) -> tuple[Equation, ...]:
        """Return the cell's equations in the order of computation."""

    def __post_init__(self) -> None:
        for name in ("units", "input_dim"):
            object.__setattr__(self, name, whole_number(getattr(self, name), argument=name))
        for name in self.activations:
            row = activations.activation(getattr(self, name), argument=name)
            object.__setattr__(self, name, row.name)
        validate_switches(self)
        validate(self.equations, self.x, self.weights, self.groups)
        validate_spelling([*(one.lhs for one in self.equations), *self.weights.values()])
        self._afford()
        computed = (equation.lhs for equation in self.program)
        validate_names([self.x, *computed, *self.weights.values()])

    def _afford(self) -> None:
        """Raise `TooLargeError` for sizes that come to more weights than the budget has."""
        sizes = {field.name: getattr(self, field.name) for field in fields(self)}
        sizes = {name: size for name, size in sizes.items() if type(size) is int}
        largest = max(sizes, key=sizes.__getitem__)
        what = f"{largest} is {written(sizes[largest])}"
        afford("weights", self.weight_count, what=what, argument=largest)

    # Read off the equations.

    @cached_property
    def equations(self) -> Equations:
        """The equations of one time step, in vector form, as a textbook has them."""
        given = self.define()
        equations = tuple(given) if isinstance(given, Iterator) else given
        listed = isinstance(equations, tuple) and equations
        if not listed or not all(isinstance(one, Equation) for one in equations):
            message = "define returns no equations; return a tuple of them: (Equation(...),)"
            raise CellError(f"{type(self).__name__}: {message}")
        return Equations(equations)

    @cached_property
    def program(self) -> Equations:
        """The same equations with every pre-activation named: ``z_{i,t}`` and so on."""
        return Equations(name_preactivations(self.equations))

    @cached_property
    def adjoint_equations(self) -> Equations:
        r"""Backpropagation through time, for a loss of the output: the adjoint of the equations.

        \bar h_t is the gradient by h_t, \delta_{i,t} that by the pre-activation z_{i,t}, and
        \Delta_{h,t} the one that comes from outside; \bar W_{i,t} is the running sum, from the last
        step to t, of the gradient by W_i. What has time t + 1 is zero at the last step. The term
        \bar c_{t+1} \odot f_{t+1} is c_{t+1} = f_{t+1} \odot c_t + ... handing its gradient back.

        >>> from symlstm import LSTM
        >>> print(LSTM(units=2).adjoint_equations[1])
        c̄_t = h̄_t ⊙ o_t ⊙ tanh'(c_t) + c̄_{t+1} ⊙ f_{t+1}
        """
        return Equations(self.adjoints([self.output]))

    def adjoints(self, seeds: Iterable[Quantity]) -> tuple[Equation, ...]:
        """Return the adjoint equations where gradients come to ``seeds``: of unread inputs, too."""
        return differentiate(self.program, seeds, (self.x, *self.weights.values()))

    def backward(self, equations: tuple[Equation, ...]) -> tuple[Equation, ...]:
        """Return the adjoint equations that are run, of those that follow; a mistake may differ."""
        return equations

    @cached_property
    def computed(self) -> dict[str, Quantity]:
        """What a step computes, by name, in the order of computation."""
        return {equation.lhs.name: equation.lhs for equation in self.program}

    @property
    def activations(self) -> list[str]:
        """The names of the options that are activation functions."""
        return [option.name for option in fields(self) if option.name.endswith("activation")]

    @cached_property
    def output(self) -> Quantity:
        """What the last equation computes."""
        return self.equations[-1].lhs

    @cached_property
    def output_dim(self) -> int:
        """The size of the output: ``units``, unless the cell projects it."""
        return int(self.output.shape[0])

    def named(self, catalogue: Catalogue = ENGLISH) -> str:
        """Return what a page in the language of a catalogue calls the cell."""
        return type(self).__name__

    @property
    def is_scalar(self) -> bool:
        """Whether everything in the cell is a single number."""
        return self.units == self.input_dim == self.output_dim == 1

    @cached_property
    def states(self) -> dict[str, Quantity]:
        """What a step takes over from the one before, by name: the output first, then in order."""
        every = (quantities(equation.rhs) for equation in self.equations)
        previous = [q for used in every for q in used if q.time == before]
        return {q.name: q for q in sorted(previous, key=lambda q: q.name != self.output.name)}

    @cached_property
    def weights(self) -> dict[str, Quantity]:
        """The weights by name, in the order in which the equations use them."""
        every = (quantities(equation.rhs) for equation in self.equations)
        return {q.name: q for used in every for q in used if q.time is None}

    @cached_property
    def weight_count(self) -> int:
        """How many numbers all weights have together, which a step multiplies with at most once."""
        return sum(int(weight.shape[0] * weight.shape[1]) for weight in self.weights.values())

    @property
    def letters(self) -> Mapping[str, str]:
        """The letter of each group, or the name of its only weight."""
        return self.parameters

    @cached_property
    def matrices(self) -> frozenset[Quantity]:
        """The weights that multiply; the others are vectors, whatever their size."""
        products = (p for e in self.equations for p in e.rhs.atoms(Multiplication))
        return frozenset(quantity for p in products for quantity in quantities(p.args[0]))

    @cached_property
    def groups(self) -> dict[str, list[Quantity]]:
        """The weights of each group that the cell has, in the order of a stacked array."""
        groups = {
            group: [q for q in self.weights.values() if q.name.partition("_")[0] == letter]
            for group, letter in self.letters.items()
        }
        return {group: members for group, members in groups.items() if members}

    # What a subclass writes its equations with.

    @cached_property
    def x(self) -> Quantity:
        """The input ``x_t``."""
        return Quantity("x", self.input_dim, time=t)

    def vector(self, name: str) -> Quantity:
        """Return a vector of the size of the state, at time t."""
        return Quantity(name, self.units, time=t)

    @property
    def h(self) -> Quantity:
        """The output ``h_t`` of a cell that calls it so."""
        return self.vector("h")

    def W(self, gate: str = "") -> Quantity:
        """Return a gate's weights of the input, or those of a cell without gates."""
        return Quantity(_indexed("W", gate), self.units, self.input_dim)

    def U(self, gate: str = "") -> Quantity:
        """Return a gate's weights of the last output, or those of a cell without gates."""
        return Quantity(_indexed("U", gate), self.units, self.h.shape[0])

    def b(self, gate: str = "") -> MatrixExpr:
        """Return a gate's bias, or that of a cell without gates; zero for a cell without bias."""
        shape = self.units, 1
        return Quantity(_indexed("b", gate), *shape) if self.use_bias else ZeroMatrix(*shape)

    def phi(self, argument: MatrixExpr) -> MatrixExpr:
        """Return the activation of ``argument``."""
        return apply(activations.activation(self.activation), argument)

    # What a user does with a cell.

    def bind(self, /, *, layout: Any = None, forget_bias: Any = None, **weights: Any) -> Layer:
        """Give the weights numbers, read exactly: ``cell.bind(W_i=2, W_f=0, ..., bias=0)``.

        They are given by name as the formulas have them, ``W_i`` of shape (units, input_dim); by
        letter, ``W={"i": ...}``; or by group, as an array stacked as Keras stacks it, the gates
        side by side in the order of the equations: ``kernel`` (input_dim, gates·units),
        ``recurrent_kernel`` (units, gates·units), ``bias`` (gates·units,). ``kernel={"i": ...}`` is
        a gate's part of that, the transpose of W_i, and not taken where a square matrix could be
        either. A number fills. With ``layout``, a name in `symlstm.LAYOUTS`, arrays are as that
        program has them, under its names; ``forget_bias`` is what it adds.

        Raises `ShapeError` or `NumberError` for what does not fit, and `CellError` for weights that
        the cell or the layout does not have, and for those that are missing or given twice.

        >>> from symlstm import LSTM
        >>> cell = LSTM(units=1, activation=None, recurrent_activation=None)
        >>> cell.bind(W={"i": 2, "f": 0, "c": "1/3", "o": 1}, recurrent_kernel=1, bias=0)
        Layer(cell=LSTM(units=1, activation='linear', recurrent_activation='linear'))
        >>> cell.bind(layout="tf1", kernel=[[2, 3, 5, 7], [1, 1, 1, 1]], bias=0).bias
        array([0, 1, 0, 0], dtype=object)
        """
        from symlstm.runs.binding import bind

        return bind(self, weights, layout, forget_bias)

    def stack(self, group: str, entries: Callable[[Quantity], Array]) -> Array:
        """Return a group's arrays side by side, as `bind` takes them; ``entries`` gives each one's.

        Raises `CellError` for a group that the cell does not have.
        """
        if group not in self.groups:
            message = f"{self!r} has no weights {group!r}; {choices(group, self.groups)}"
            raise CellError(message, argument=group)
        arrays = ((weight, entries(weight)) for weight in self.groups[group])
        flat = [array if weight in self.matrices else array[:, 0] for weight, array in arrays]
        return self._stacks[group].join(flat)

    @cached_property
    def _stacks(self) -> dict[str, Stack]:
        """How the weights of each group stand in one array."""
        return {
            group: side_by_side(group, self.letters[group], [q.name.partition("_")[2] for q in of])
            for group, of in self.groups.items()
        }

    def unroll(
        self,
        steps: int,
        *,
        initial_state: Literal["zero", "symbolic"] = "zero",
        max_size: int = MAX_SIZE,
    ) -> SymbolicTrace:
        """Return a symbolic trace of ``steps`` time steps: every value a SymPy expression.

        ``trace[t].h`` is a closed form in the weights and inputs alone. It is worked out when it
        is asked for; one of more than ``max_size`` nodes raises `TooLargeError`.

        >>> from symlstm import LSTM
        >>> LSTM(units=1, use_bias=False).unroll(3)[1].c
        tanh(W_c*x_1)*sigmoid(W_i*x_1)
        """
        from symlstm.runs.symbolic_trace import unroll_symbolically

        return unroll_symbolically(self, steps, initial_state=initial_state, max_size=max_size)

    def symbols(self, names: str) -> Any:
        """Return the symbols of quantities, named as in ``"W_i U_i"``, ``"x_1"`` or ``"h_0"``.

        A quantity with a single entry is one SymPy symbol. Others are arrays of symbols, so that
        ``W_i[0, 1]`` is the symbol of that name. Several names give a tuple.

        >>> from symlstm import LSTM
        >>> LSTM(units=2).symbols("U_f")[0, 1]
        U_f[0, 1]
        """
        vectors = {"x": self.x, **self.computed}
        known = self.weights, self.matrices, vectors, self.states
        found = tuple(named_symbols(name, *known) for name in names.replace(",", " ").split())
        if not found:
            raise CellError("no symbol is named; give names such as 'W_i U_i'", argument="names")
        return found if len(found) > 1 else found[0]

    def __repr__(self) -> str:
        """Show the options that are not the usual ones, as in the call that makes the cell."""
        given = [(field, getattr(self, field.name)) for field in fields(self)]
        options = [f"{field.name}={value!r}" for field, value in given if value != field.default]
        return f"{type(self).__name__}({', '.join(options)})"


def _indexed(letter: str, gate: str) -> str:
    return f"{letter}_{gate}" if gate else letter
