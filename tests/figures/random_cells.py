"""Cells of random equations: whatever the operations can build of gates, states and the input."""

from itertools import count

from hypothesis import strategies as st

from symlstm import Cell, Equation
from symlstm.equations import add, hadamard, multiply, ones, scale, subtract
from symlstm.equations.activations import activation
from symlstm.equations.expression import Quantity, apply, t
from symlstm.figures.pictures import planned
from symlstm.figures.scene import Label, Point, Spelled

FUNCTIONS = "relu", "softsign", "hard_tanh", "linear"
FACTORS = "1/2", -1, -2, "3/4"


class Drawn(Cell):
    """A cell whose equations are drawn, one expression for each of its vectors."""

    drawn = ()

    def define(self):
        return self.drawn


@st.composite
def drawn_cells(draw, *, max_equations=5):
    """Return a cell; every vector, and the input, has the same size, but perhaps the last."""
    units = draw(st.integers(1, 2))
    names = [f"v_{k}" for k in range(1, draw(st.integers(1, max_equations)))] + ["h"]
    x = Quantity("x", units, time=t)
    vectors = [Quantity(name, units, time=t) for name in names]
    number = count(1)

    def expression(known, depth):
        leaves = st.sampled_from([x, *known, *(vector.previous for vector in vectors)])
        if depth == 0:
            return draw(leaves)
        kind = draw(st.sampled_from(["leaf", "weigh", "one", "sum", "product", *KINDS]))

        def part():
            return expression(known, depth - 1)

        if kind == "leaf":
            return ones(x) if draw(st.integers(0, 9)) == 9 else expression(known, 0)
        if kind == "weigh":
            return multiply(Quantity(f"W_{next(number)}", units, units), part())
        if kind == "one":
            return subtract(ones(x), part())
        if kind == "sum":
            return add(*(part() for _ in range(draw(st.integers(2, 3)))))
        if kind == "product":
            factors = [part() for _ in range(draw(st.integers(1, 3)))]
            return hadamard(Quantity(f"b_{next(number)}", units), *factors)
        return KINDS[kind](draw, part)

    equations = [
        Equation(vector, expression(vectors[:k], draw(st.integers(0, 4))))
        for k, vector in enumerate(vectors)
    ]
    cell = type("Drawn", (Drawn,), {"drawn": tuple(equations)})
    return cell(units, units)


KINDS = {
    "apply": lambda draw, part: apply(activation(draw(st.sampled_from(FUNCTIONS))), part()),
    "scale": lambda draw, part: scale(draw(st.sampled_from(FACTORS)), part()),
    "hadamard": lambda draw, part: hadamard(part(), part()),
    "subtract": lambda draw, part: subtract(part(), part()),
    "square": lambda draw, part: hadamard(*[part()] * 2),
}


def drawn_labels(cell):
    """Return labels for everything in a cell: of one entry or a column, narrow and wide."""
    graph, _ = planned(cell)
    return st.fixed_dictionaries(dict.fromkeys((*graph.sources, *graph.operations), LABELS))


SPELLED = st.builds(lambda width: Spelled("1", "$1$", float(width)), st.integers(1, 120))
COLUMNS = st.lists(SPELLED, min_size=1, max_size=4).map(tuple)
LABELS = st.builds(Label, st.just(Point(0, 0)), SPELLED | st.none(), COLUMNS)
