import pytest
from every_cell import every_cell
from hypothesis import given
from strategies import cases
from sympy import HadamardProduct, MatAdd, MatMul

from symlstm import Equation, GatedCell
from symlstm.algebras.evaluate import evaluate
from symlstm.equations import add, hadamard, multiply, ones, scale, subtract
from symlstm.equations.expression import Elementwise, Quantity, Scaled
from symlstm.passes.operations import is_weighted, name_operations, terms


class GRU(GatedCell):
    """With the reset gate behind the product, as cuDNN has it, and a sum of three terms."""

    def define(self):
        u, r, n, h = map(self.vector, ("u", "r", "n", "h"))
        inside = add(multiply(self.U("n"), h.previous), self.b("n"))
        return (
            Equation(u, self.sigma(self.weighted("u"))),
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(n, self.phi(add(multiply(self.W("n"), self.x), hadamard(r, inside)))),
            Equation(h, add(hadamard(u, h.previous), n, scale(-1, hadamard(u, n)))),
        )


CELLS = [*every_cell(2, exact=True), GRU(2)]


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_every_equation_is_a_single_operation(cell):
    for equation in name_operations(cell.program):
        rhs = equation.rhs
        if all(map(is_weighted, terms(rhs))):
            continue
        assert all(_is_plain(part) for part in rhs.args if hasattr(part, "shape"))
        if not isinstance(rhs, Elementwise | Scaled):
            assert isinstance(rhs, MatAdd | HadamardProduct | MatMul)
            assert len(rhs.args) == 2


def _is_plain(part):
    """Whether there is no operation in an argument; 1 - f is one, of a number."""
    bare = part.argument if isinstance(part, Scaled) else part
    return isinstance(bare, Quantity) or not any(bare.atoms(Quantity))


@given(cases(max_steps=2))
def test_the_operations_come_to_what_the_cell_does(case):
    trace = case.run()
    history = {
        step: {name: values[name] for name in (*case.cell.states, "x") if name in values}
        for step, values in trace.histories[0].items()
    }
    steps = range(1, len(trace) + 1)
    program = name_operations(case.cell.program)
    evaluate(program, trace.algebra.fork(), trace.constants, history, steps)
    for step in steps:
        for name in case.cell.computed:
            assert history[step][name] == trace.histories[0][step][name]


def test_what_has_a_name_keeps_it_and_its_place():
    cell = GRU(1)
    named = [e.lhs.name for e in name_operations(cell.program) if e.lhs in cell.computed.values()]
    assert named == list(cell.computed)


def test_a_helper_takes_no_name_that_is_taken():
    class Taken(GatedCell):
        def define(self):
            q, h = self.vector("q_h_1"), self.vector("h")
            total = add(hadamard(q, h.previous), subtract(ones(h), q))
            return Equation(q, self.sigma(self.weighted("h"))), Equation(h, total)

    names = [equation.lhs.name for equation in name_operations(Taken(1).program)]
    assert len(names) == len(set(names))
