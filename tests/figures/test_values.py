"""Values on wires that no equation names, against those of a cell that names all of them."""

from hypothesis import given, settings
from strategies import cases
from sympy import Rational

from symlstm import LSTM, Equation, figure
from symlstm.equations import add, hadamard
from symlstm.figures.graph import Graph
from symlstm.figures.scene import Label, pieces
from symlstm.figures.values import Adjoints, Values


class Explicit(LSTM):
    """The LSTM with a name for every product and for what the output gate lets out."""

    def define(self):
        *gates, c, h = super().define()
        kept, added, shown = map(self.vector, ("kept", "added", "shown"))
        f, i, c_tilde, o = (gates[k].lhs for k in (1, 0, 2, 3))
        return (
            *gates,
            Equation(kept, hadamard(f, c.lhs.previous)),
            Equation(added, hadamard(i, c_tilde)),
            Equation(c.lhs, add(kept, added)),
            Equation(shown, self.phi(c.lhs)),
            Equation(h.lhs, hadamard(o, shown)),
        )


UNNAMED = {"q_c_1": "kept", "q_c_2": "added", "q_h_1": "shown"}
SIMPLE = ["linear", "relu", "hard_tanh", "hard_sigmoid"]


def explicit(case):
    cell = Explicit(
        case.units,
        case.input_dim,
        activation=case.activation,
        recurrent_activation=case.recurrent_activation,
    )
    return cell.bind(kernel=case.kernel, recurrent_kernel=case.recurrent, bias=case.bias)


@given(cases(max_steps=2, peephole=False, activations=SIMPLE))
@settings(max_examples=20)
def test_values_and_gradients_are_those_of_a_cell_that_names_them(case):
    trace = case.run()
    named = explicit(case).run(case.inputs, initial_state=list(case.state))
    graph = Graph(trace.cell)
    values = Values(graph, trace)
    gradients, expected = (t.backward(grad_sequence=1) for t in (trace, named))
    adjoints = Adjoints(values, gradients)
    unnamed = {value.name: value for value in graph.unnamed}
    assert set(unnamed) == set(UNNAMED)
    for step in range(1, len(trace) + 1):
        for name, other in UNNAMED.items():
            assert (values.entries(unnamed[name], step) == named.entries(other, step)).all()
            entries = adjoints.entries(unnamed[name], step)
            assert (entries == expected.adjoints.entries(f"{other}_bar", step)).all()


@given(cases(max_steps=3, activations=SIMPLE))
@settings(max_examples=20)
def test_what_a_step_hands_back_is_all_that_reaches_the_state_before_it(case):
    """The loss is of the last state alone: every other gradient comes from the next step."""
    trace = case.run()
    gradients = trace.backward(grad_state_h=1)
    adjoints = Adjoints(Values(Graph(trace.cell), trace), gradients)
    for step in range(2, len(trace) + 1):
        handed = adjoints.entries(trace.cell.states["h"], step)
        assert (handed == gradients.adjoints.entries("h_bar", step - 1)).all()


def labels(drawn):
    return [p for p in pieces(drawn.scene.groups) if isinstance(p, Label) and p.meaning]


def test_the_numbers_of_the_article_stand_on_the_wires(article):
    trace = article.run([1, 1, 1])
    shown = labels(figure(trace, step=3))
    unnamed = sorted(int(one.meaning.value) for one in shown if not one.meaning.quantity)
    assert unnamed == [78, 169, 247]  # f·c, i·c̃ and the new cell state, let out whole
    named = {(one.meaning.quantity, one.meaning.step): one for one in shown if one.meaning.quantity}
    assert len(named) == len(shown) - 3
    assert {key: int(one.meaning.value) for key, one in named.items()} == {
        **{(name, 3): 13 for gate in ("i", "f", "c_tilde", "o") for name in (gate, f"z_{gate}")},
        ("x", 3): 1,
        ("c", 2): 6,
        ("h", 2): 12,
        ("c", 3): 247,
        ("h", 3): 3211,
    }
    assert [key for key, one in named.items() if one.bold] == [("c", 3), ("h", 3)]


def test_what_a_run_was_given_is_told_as_it_was_given():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    trace = layer.run(["1/3"], initial_state=["1/7", 0], algebra="ball", digits=12)
    shown = {one.meaning.quantity: one for one in labels(figure(trace, step=1))}
    assert [shown["x"].column[0].plain, shown["x"].head.plain[-1]] == ["1/3", "="]
    h = next(
        o for o in labels(figure(trace, step=1)) if (o.meaning.quantity, o.meaning.step) == ("h", 0)
    )
    assert h.column[0].plain == "1/7"
    assert trace[0].h != Rational(1, 7)  # a ball


def test_numbers_that_are_rounded_stand_after_another_sign():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    exact = figure(layer.run([1], algebra="ball"), step=1)
    floats = figure(layer.run([1], algebra="float"), step=1)
    boxed = figure(layer.run(["0.5 ± 0.01"], algebra="ball"), step=1)
    relations = [
        {one.meaning.quantity: one.head.plain[-1] for one in labels(drawn) if one.head}["f"]
        for drawn in (exact, floats, boxed)
    ]
    assert relations == ["≈", "≈", "∈"]


def test_a_step_that_is_masked_shows_the_states_that_it_holds_alone(article):
    trace = article.run([1, 1, 1], mask=[True, False, True])
    assert figure(trace, step=2).scene.description == "h_1 = 1; c_1 = 1; c_2 = 1; h_2 = 1"
    gradients = trace.backward()
    assert figure(gradients, what="backward", step=2).scene.description == ""
    whole = article.run([1, 1]).backward()
    by_hand = figure(whole, what="backward", step=2).scene.description
    drawn = figure(gradients, what="backward", step=3).scene.description
    assert drawn.replace("_3", "_2").replace(",3", ",2") == by_hand
