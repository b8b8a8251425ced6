"""Documents of networks: a chapter for each layer, and what flows between them, against PyTorch."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from components import required
from sympy import Rational

from symlstm import LSTM, Dense, Network, SimpleRNN, hand_calculation
from symlstm.errors import OutputError

X = [1, 2, -1]
WEIGHTS = ((1, 2), (-2, 1), ([[1, -1], [2, 1]], 1), ([[-1, 1], [1, 3]], -1))
"""The kernel and the recurrent kernel of each of four layers; all have a bias of 1."""


def linear(kernel, recurrent_kernel, input_dim, **options):
    cell = SimpleRNN(units=1, input_dim=input_dim, activation="linear")
    kernel = kernel if input_dim == 1 else [[number] for number in kernel[0]]
    layer = cell.bind(kernel=kernel, recurrent_kernel=recurrent_kernel, bias=1)
    return replace(layer, **options)


def network(merge="concat"):
    size = 2 if merge == "concat" else 1
    second = [kernel if size == 2 else kernel[0][0] for kernel, _ in WEIGHTS[2:]]
    first = [linear(*WEIGHTS[0], 1), linear(*WEIGHTS[1], 1, go_backwards=True)]
    top = [
        linear(second[0], WEIGHTS[2][1], size),
        linear(second[1], WEIGHTS[3][1], size, go_backwards=True),
    ]
    return Network([first, top], merge=merge)


def by_torch(merge, inputs=X, seeds=None):
    """Return the outputs of that network, and the gradients by its inputs, of a weighted sum."""
    (torch,) = required("PyTorch", "torch")
    x = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    size = 2 if merge == "concat" else 1

    def layer(sequence, kernel, recurrent, backwards):
        row = torch.tensor(kernel[0][:size] if isinstance(kernel, list) else [kernel]).double()
        h, outputs = torch.zeros(()).double(), []
        for one in reversed(sequence) if backwards else sequence:
            h = (row * one).sum() + recurrent * h + 1
            outputs.append(h)
        return outputs[::-1] if backwards else outputs

    merges = {
        "concat": lambda a, b: torch.stack([a, b]),
        "sum": lambda a, b: (a + b)[None],
        "mul": lambda a, b: (a * b)[None],
        "ave": lambda a, b: ((a + b) / 2)[None],
    }
    level = [one[None] for one in x]
    for pair in (WEIGHTS[:2], WEIGHTS[2:]):
        both = [layer(level, *pair[k], bool(k)) for k in range(2)]
        level = [merges[merge](a, b) for a, b in zip(*both, strict=True)]
    outputs = torch.stack(level)
    weights = torch.ones_like(outputs) if seeds is None else torch.tensor(seeds).double()
    (outputs * weights).sum().backward()
    return outputs.tolist(), x.grad.tolist()


def values(text, name):
    """Return the last value of the line that begins with a name, as numbers."""
    (line,) = re.findall(rf"^ *{re.escape(name)} = .*$", text, re.MULTILINE)
    last = line.rpartition("=")[2].strip(" []")
    return [Fraction(part) for part in last.split(";")]


def chapter(text, title):
    """Return what stands below a title, up to the next one."""
    return re.split(r"\n(?=[^\n]+\n=+\n)", text.partition(f"\n{title}\n=")[2])[0]


@pytest.mark.parametrize("merge", ["concat", "sum", "mul", "ave"])
def test_outputs_and_gradients_are_those_of_pytorch(merge):
    trace = network(merge).run(X)
    text = hand_calculation(trace.backward(grad_sequence=1))
    outputs, by_inputs = by_torch(merge)
    told, back = chapter(text, "The outputs"), chapter(text, "The gradients by the inputs")
    for step in range(1, len(X) + 1):
        assert values(told, f"y_{step}") == outputs[step - 1]
        assert values(back, f"x̄_{step}") == [by_inputs[step - 1]]


def test_the_chapters_stand_in_the_order_of_the_calculation():
    text = hand_calculation(network().run(X).backward(grad_sequence=1))
    titles = re.findall(r"^(.+)\n=+$", text, re.MULTILINE)
    assert titles == [
        "Stepping through a network",
        "Layer 1",
        "Layer 2, from the last input to the first",
        "From level 1 to level 2",
        "Layer 3",
        "Layer 4, from the last input to the first",
        "The outputs",
        "What comes from the loss",
        "Back through layer 4",
        "Back through layer 3",
        "Back from level 2 to level 1",
        "Back through layer 2",
        "Back through layer 1",
        "The gradients by the inputs",
    ]


FLOWS = {
    "concat": "(Δ_{h,3}^(1), Δ_{h,1}^(2)) = x̄_3 = ",
    "sum": "Δ_{h,3}^(1) = x̄_3 = ",
    "mul": "Δ_{h,3}^(1) = x̄_3 · h_1^(2) = ",
    "ave": "Δ_{h,1}^(2) = 1/2 x̄_3 = ",
}


@pytest.mark.parametrize("merge", FLOWS)
def test_what_flows_between_levels_is_what_the_layers_are_told_to_get(merge):
    text = hand_calculation(network(merge).run(X).backward(grad_sequence=1))
    flow = chapter(text, "Back from level 2 to level 1")
    assert "x̄_3 = x̄_3^(3) + x̄_1^(4) = " in flow
    assert FLOWS[merge] in " ".join(flow.split())
    inputs = chapter(text, "From level 1 to level 2")
    given = chapter(text, "Layer 3")
    for step in range(1, len(X) + 1):
        shown = inputs.partition(f"x_{step} =")[2].partition("\n  x_")[0].rpartition("=")[2]
        assert f"x_{step} = {shown.strip()}" in given
    if merge != "concat":
        for step in range(1, len(X) + 1):
            delta = values(flow, f"Δ_{{h,{step}}}^(1)")
            told = chapter(text, "Back through layer 1")
            assert (f"Δ_{{h,{step}}} = {delta[0]}" in told) is (delta[0] != 0)


def test_what_an_earlier_layer_has_told_is_told_once():
    text = hand_calculation(network().run(X).backward(grad_sequence=1), "latex", figures=True)
    assert text.count(r"\section{The cell}") == 1
    assert text.count("The cell computes what the one in “Layer 1” does.") == 3
    assert text.count("The equations of the backward pass are those in") == 2
    for reference in re.findall(r"\\eqref\{([^}]*)\}", text):
        assert rf"\label{{{reference}}}" in text
    assert text.count(r"\begin{tikzpicture}") == 1 + 4 * 3 + 4 * 3


def test_a_loss_of_the_last_states_alone_reaches_the_layers_on_top():
    text = hand_calculation(network().run(X).backward())
    told = " ".join(chapter(text, "What comes from the loss").split())
    assert "to values of the layers 3, 4 directly" in told
    assert "Δ_{h,3}^(3) = 1 Δ_{h,3}^(4) = 1" in told
    both = hand_calculation(network().run(X).backward(grad_sequence=1, grad_state_h=1))
    assert " ".join(both.split()).count("the loss sends a gradient directly, too") == 2


def test_layers_that_are_stacked_in_one_direction_hand_on_what_they_compute():
    layers = [[linear(1, 2, 1)], [linear(3, -1, 1)]]
    text = hand_calculation(Network(layers).run(X).backward())
    h, states = 0, []
    for x in X:
        h = x + 2 * h + 1
        states.append(h)
    flow = chapter(text, "From level 1 to level 2")
    assert "those of layer 1, are the inputs of level 2" in " ".join(flow.split())
    assert [values(flow, f"x_{k}") for k in (1, 2, 3)] == [[one] for one in states]
    back = chapter(text, "Back from level 2 to level 1")
    assert "Δ_{h,3}^(1) = x̄_3^(2) = 3" in back
    assert "The gradients by the inputs" not in text


def test_time_steps_that_do_not_count_flow_nowhere():
    mask = [True, True, False]
    text = hand_calculation(network().run(X, mask=mask).backward(grad_sequence=1))
    short = network().run(X[:2])
    outputs = chapter(text, "The outputs")
    for step in (1, 2):
        assert values(outputs, f"y_{step}") == [*map(Fraction, short.sequence_out[step - 1])]
    held = re.sub(r" +", " ", outputs)
    assert f"y_3 = (h_3^(3), 0) = [{short.layers[2].state_h[0]}; 0]" in held
    assert "x_3 =" not in chapter(text, "From level 1 to level 2")
    assert "x̄_3 =" not in chapter(text, "Back from level 2 to level 1")
    whole = short.backward(grad_sequence=[[1, 1], [2, 1]])
    back = chapter(text, "The gradients by the inputs")
    assert [values(back, f"x̄_{k}")[0] for k in (1, 2)] == [*map(Fraction, whole.inputs[:, 0])]


def test_batches_have_their_lines_each():
    trace = network().run([[[x] for x in X], [[2 * x] for x in X]])
    text = hand_calculation(trace.backward(grad_sequence=1))
    outputs = chapter(text, "The outputs")
    first, second = outputs.split("Sequence 2:")
    assert values(first, "y_3") == by_torch("concat")[0][2]
    assert values(second, "y_3") == by_torch("concat", [2 * x for x in X])[0][2]


CELL = LSTM(units=1)


def lstms(merge):
    layer = CELL.bind(kernel="1/2", recurrent_kernel=1, bias=0)
    level = [layer, replace(layer, go_backwards=True)]
    return Network([level, level], merge=merge)


def test_certified_values_are_those_of_the_whole_network():
    trace = lstms("ave").run(X, algebra="ball", digits=5)
    text = hand_calculation(trace.backward(grad_sequence=1))
    assert text.count("Certified digits") == 1
    assert "proven by ball arithmetic" in text
    assert "given interval" not in text
    (torch,) = required("PyTorch", "torch")
    module = torch.nn.LSTM(1, 1, bidirectional=True).double()
    for name, weight in module.named_parameters():
        number = 0.5 if "ih" in name and "weight" in name else 1.0 if "weight" in name else 0.0
        weight.data.fill_(number)
    x = torch.tensor(X).double()[:, None].requires_grad_()
    y = module(module(x)[0].mean(1, keepdim=True))[0].mean(1)
    y.sum().backward()
    outputs = chapter(text, "The outputs")
    assert all(re.search(rf"y_{k} .*≈ {y[k - 1]:.5g}", outputs) for k in (1, 2, 3))
    back = chapter(text, "The gradients by the inputs")
    for k in (1, 2, 3):
        line = next(one for one in back.splitlines() if f"_{k} = " in one)
        assert abs(float(line.rpartition("≈")[2]) - float(x.grad[k - 1, 0])) < 1e-5


def test_rounded_values_are_decimals_all_the_way():
    trace = lstms("sum").run(X, algebra="decimal", digits=3)
    text = hand_calculation(trace)
    assert text.count("How numbers are rounded") == 1
    assert text.count("How far the rounding leads") == 1
    assert "/" not in text.partition("Layer 1")[2].replace("1/(1", "").replace("1/2", "")
    leads = text.partition("How far the rounding leads")[2]
    rounded = Rational(leads.partition("y_3 = ")[2].partition(",")[0])
    assert rounded == trace.sequence_out[2, 0]


def test_a_german_page_has_its_words():
    text = hand_calculation(network().run(X).backward(), language="de")
    assert "Zurück von Stufe 2 zu Stufe 1" in text
    assert "Schicht 2, von der letzten Eingabe zur ersten" in text
    assert hand_calculation(network().run(X), language="de").startswith("ein Netz, Schritt")


def test_what_a_network_has_not_is_refused():
    with pytest.raises(OutputError, match="state_jacobian is of a single layer; leave it out"):
        hand_calculation(network().run(X), state_jacobian="h")
    with pytest.raises(OutputError, match="cannot write about 7; give a trace, a loss, gradients"):
        hand_calculation(7)


def test_outputs_that_are_left_apart_are_told_of():
    level = [linear(1, 2, 1), linear(2, 1, 1, go_backwards=True)]
    trace = Network([level], merge=None).run(X)
    text = hand_calculation(trace.backward(grad_sequence=1))
    assert "The outputs of its layers stay apart." in text
    assert "Δ_{h,3} = 1" in chapter(text, "Back through layer 1")


def test_where_no_step_counts_nothing_is_handed_on():
    one = linear(1, 1, 1)
    for layers in ([one, one], [[one, one]], [Dense(1).bind(kernel=1, bias=0), one]):
        trace = Network(layers).run([1, 2], mask=[False, False])
        page = hand_calculation(trace.backward(), "markdown")
        assert "Nothing is handed to a time step here" in page
        assert not re.search(r":\n\n(#|\Z)", page)


@pytest.mark.parametrize("inputs", [[1, 2], [[[1], [2]]], [[[1], [2]], [[3], [4]]]])
def test_the_outputs_of_a_single_layer_may_be_left_apart(inputs):
    apart, whole = (Network([[linear(1, 1, 1)]], merge=one).run(inputs) for one in (None, "concat"))
    for written in ("markdown", "latex"):
        alike = [hand_calculation(run.backward(), written) for run in (apart, whole)]
        assert alike[0] == alike[1]
