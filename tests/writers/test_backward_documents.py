"""The sections about gradients, state Jacobians and training."""

import unicodedata

import pytest
from coloured import uncoloured

from symlstm import LSTM, Cell, Equation, GatedCell, SimpleRNN, hand_calculation
from symlstm.equations.expression import add, hadamard, multiply, subtract
from symlstm.errors import OutputError

FORMATS = ["latex", "markdown", "terminal"]


@pytest.fixture
def gradients(article):
    return article.run([1, 1, 1]).backward()


@pytest.fixture
def trainings():
    layer = SimpleRNN(1, activation="relu").bind(kernel=1, recurrent_kernel=1, bias=0)
    options = {"loss": "half_squared_error", "learning_rate": "1/2"}
    return [layer.fit([[1, 1], [1, 0]], [1, 2], batch_size=n, **options) for n in (1, 2)]


def test_every_line_of_the_backward_pass_has_formula_numbers_and_value(gradients):
    page = uncoloured(hand_calculation(gradients, "latex", running_sums=True))
    for line in (
        r"\bar h_3 &= \Delta_{h,3} = 1",
        r"\bar c_2 &= \bar h_2 \cdot o_2 + \bar c_3 \cdot f_3 = 663 \cdot 2 + 13 \cdot 13 = 1495",
        r"\bar U_{f,2} &= \bar U_{f,3} + \delta_{f,2} h_1 = 936 + 1495 \cdot 1 = 2431",
        r"\bar c_0 &= \bar c_1 \cdot f_1 = 14443 \cdot 1 = 14443",
    ):
        assert line in page, line
    times = [page.index(f"Back at time step {t}") for t in (3, 2, 1)]
    assert times == sorted(times)


@pytest.mark.parametrize("format", FORMATS)
def test_the_term_that_people_stumble_over_is_pointed_out(gradients, format):
    page = uncoloured(hand_calculation(gradients, format), format)
    term, equation = {
        "terminal": ("c̄_{t+1} · f_{t+1}  from", "c_{t+1} = f_{t+1} · c_t + i_{t+1} · c̃_{t+1}"),
    }.get(
        format,
        (r"\bar c_{t+1} \cdot f_{t+1} &\quad\text{from}", r"c_{t+1} = f_{t+1} \cdot c_t + i_{t+1}"),
    )
    assert term in page
    assert equation in page[page.index(term) :]
    assert page.index("taken for a mistake") < page.index(term)


def test_derivatives_of_the_activation_functions_are_written_out():
    cell = LSTM(1, activation="hard_tanh")
    page = hand_calculation(cell.unroll(1).backward(), closed_form_size=0)
    assert "σ'(x) = (1 - σ(x)) σ(x)" in page
    assert "where θ(x) is 1 for x > 0" in page
    assert page.index("tanh_hard'(x) = θ(1 - x) θ(x + 1)") < page.index("where θ(x)")
    smooth = hand_calculation(LSTM(1).unroll(1).backward(), closed_form_size=0)
    assert "θ" not in smooth
    assert "tanh(x) = tanh(x)" not in smooth


@pytest.mark.parametrize("format", FORMATS)
def test_the_unit_step_is_explained_once_where_it_first_stands(format):
    """It is in the function hard_shrink, in the derivative alone of relu, and in no tanh."""
    words = {
        "terminal": "where θ(x) is 1 for x > 0 and 0",
        "markdown": r"where $\theta(x)$ is 1 for $x\gt0$ and 0",
        "latex": r"where $\theta(x)$ is 1 for $x>0$ and 0",
    }[format]
    for activation, forward, backward in [
        ("hard_shrink", 1, 1), ("relu", 0, 1), ("tanh", 0, 0),
    ]:  # fmt: skip
        trace = LSTM(1, activation=activation).unroll(1)
        assert hand_calculation(trace, format).count(words) == forward
        assert hand_calculation(trace.backward(), format).count(words) == backward


@pytest.mark.parametrize("format", FORMATS)
def test_symbols_go_back_from_the_last_step_to_the_first(format):
    page = hand_calculation(LSTM(1).unroll(2).backward(), format, state_jacobian="c")
    assert page.index("Back at time step 2") < page.index("Back at time step 1")
    for absent in ("Summary", "What goes in", "After the sequence"):
        assert absent not in page


def test_the_derivative_of_the_cell_state_is_split(article):
    page = hand_calculation(article.run([1, 1, 1]), state_jacobian="c")
    assert "∂c_3/∂c_0 = f_1 f_2 f_3 = 1 · 2 · 13 = 26" in page
    assert "dc_3/dc_0 = 26 + 705 = 731" in page
    alone = hand_calculation(SimpleRNN(2).unroll(2), state_jacobian="h")
    assert "(∂h_2/∂h_0)ᵀ = Uᵀ diag(tanh'(z_{h,1})) Uᵀ diag(tanh'(z_{h,2}))" in alone
    assert "other states" not in alone


def test_every_number_of_every_batch_size_is_on_the_page(trainings):
    page = hand_calculation(trainings, worked=False)
    assert page.index("Batch size 1") < page.index("Batch size 2")
    for line in (
        "L^(1) = 1/2 e_2² = 1/2 · 1² = 1/2",
        "W ← W - η W̄^(1)\n",
        "W̄ = 1/2 (W̄^(1) + W̄^(2))\n  W ← W - η W̄\n",
        "L_batch = 1/2 (L^(1) + L^(2)) = 1/2 (1/2 + 1/2) = 1/2",
    ):
        assert line in page, line
    assert "Time step" not in page
    tables = [line.split() for line in page.splitlines()]
    for row in (
        ["gradient", "2", "1", "2"],
        ["gradient", "0", "0", "0"],
        ["gradient", "2", "-1", "-1", "-2"],
        ["average", "1/2", "0", "0"],
        ["after", "3/4", "1", "0"],
    ):
        assert row in tables, row
    after = page[page.index("The weights before and after") :].splitlines()
    assert [line.split() for line in after[-3:]] == [
        ["before", "1", "1", "0"],
        ["1", "0", "1/2", "-1"],
        ["2", "3/4", "1", "0"],
    ]


def test_every_update_of_a_worked_training_has_lines(trainings):
    page = hand_calculation(trainings)
    for line in (
        "W ← W - η W̄^(1) = 1 - 1/2 · 2 = 0",
        "b ← b - η b̄^(2) = -1 - 1/2 · 0 = -1",
        "W̄ = 1/2 (W̄^(1) + W̄^(2)) = 1/2 (2 + (-1)) = 1/2",
        "W ← W - η W̄ = 1 - 1/2 · 1/2 = 3/4",
    ):
        assert line in page, line


def test_an_update_is_a_page_of_its_own_with_every_line(trainings):
    page = hand_calculation(trainings[0].updates[1])
    assert "Update 2" in page
    assert "Update 1" not in page
    assert "δ_{h,2} = Δ_{h,2} · relu'(z_{h,2}) = (-2) · relu'(-1) = (-2) · 0 = 0" in page


def test_a_loss_of_the_whole_sequence_sends_a_gradient_into_every_step():
    layer = SimpleRNN(2, activation="relu").bind(kernel=1, recurrent_kernel=0, bias=0)
    training = layer.fit(
        [[1, 2]],
        [[[0, 1], [2, 3]]],
        loss="mean_squared_error",
        learning_rate=1,
        return_sequences=True,
    )
    page = hand_calculation(training)
    assert "L_1 = mean(e_1²) = mean([1; 0]²) = 1/2" in page
    assert "L_2 = mean(e_2²) = mean([0; -1]²) = 1/2" in page
    assert "L^(1) = 1/2 (L_1 + L_2) = 1/2 (1/2 + 1/2) = 1/2" in page
    assert "Δ_{h,1} = 1/2 e_1 = 1/2 [1; 0] = [1/2; 0]" in page


def test_trainings_that_cannot_be_compared_are_refused(trainings):
    other = SimpleRNN(1, activation="relu").bind(kernel=2, recurrent_kernel=1, bias=0)
    options = {"loss": "half_squared_error", "learning_rate": "1/2"}
    others = [
        other.fit([[1, 1], [1, 0]], [1, 2], batch_size=2, **options),
        trainings[0].updates[0].before.fit([[1, 1], [1, 1]], [1, 2], batch_size=2, **options),
        trainings[0].updates[0].before.fit([[1, 1], [1, 0]], [1, 2], epochs=2, **options),
        trainings[0],
    ]
    for second in others:
        with pytest.raises(OutputError, match="differ in their batch size, and in nothing else"):
            hand_calculation([trainings[0], second])
    with pytest.raises(OutputError, match="not for trainings"):
        hand_calculation(trainings, state_jacobian="h")
    for nothing in ([], None, "trace", [1]):
        with pytest.raises(OutputError, match="give a trace, a loss, gradients"):
            hand_calculation(nothing)


@pytest.mark.slow
@pytest.mark.latex
def test_pages_compile_without_an_overfull_line(gradients, trainings, compile_latex):
    layer = LSTM(2, 2, activation="hard_tanh", recurrent_activation="hard_sigmoid").bind(
        kernel="1/3", recurrent_kernel="-1/2", bias="1/7"
    )
    trace = layer.run([[1, "1/2"], [-1, 2]])
    for subject, options in (
        (gradients, {"state_jacobian": "c"}),
        (trace.backward(grad_sequence=1), {"state_jacobian": "h"}),
        (trainings, {}),
    ):
        assert "Overfull" not in compile_latex(hand_calculation(subject, "latex", **options))


def test_a_page_says_when_weights_are_adjusted_and_by_which_loss():
    layer = SimpleRNN(1, activation="relu").bind(kernel=1, recurrent_kernel=1, bias=0)

    def page(**options):
        fit = {"loss": "mean_squared_error", "learning_rate": "1/2", **options}
        return hand_calculation(layer.fit([[1], [1], [0]], [1, 2, 0], **fit), worked=False)

    assert "The loss of a sequence is the mean of the squared errors." in page()
    assert "at the end of every sequence" in page()
    assert "after all 3 sequences" in page(batch_size=5)
    assert "after every 2 sequences, and after the rest" in page(batch_size=2)
    assert "Update 3, in epoch 3" in page(batch_size=3, epochs=3)


def test_a_difference_is_told_as_one():
    class Coupled(GatedCell):
        """The forget gate is the complement of the input gate."""

        def define(self):
            f, g, h = map(self.vector, ("f", "g", "h"))
            z = add(multiply(self.W("f"), self.x), multiply(self.U("f"), h.previous))
            new = subtract(g, hadamard(f, g))
            return (
                Equation(f, self.sigma(z)),
                Equation(g, self.phi(multiply(self.W("g"), self.x))),
                Equation(h, add(hadamard(f, h.previous), new)),
            )

    page = hand_calculation(Coupled(2).unroll(2).backward(), state_jacobian="h")
    told = "δ_{g,t} = (h̄_t - h̄_t ⊙ f_t) ⊙ tanh'(z_{g,t})"
    assert unicodedata.normalize("NFC", told) in unicodedata.normalize("NFC", page)
    assert "+ diag(f_t)\n" in page
    layer = Coupled(1, activation="linear", recurrent_activation="linear").bind(
        kernel=1, recurrent_kernel=1
    )
    gradients = layer.run([2, 3]).backward()
    assert gradients.check().agrees
    (f_1, g_1), g_2 = (2, 2), 3
    h_1 = g_1 - f_1 * g_1
    f_2 = 3 + h_1
    assert gradients["g"].tolist() == [(1 - f_1) * (f_2 + h_1 - g_2), 1 - f_2]


def test_gradients_of_a_batch_are_summed_at_the_end(article):
    trace = article.run([[[1], [1]], [[2], [3]]])
    page = hand_calculation(trace.backward(), state_jacobian="c")
    assert trace.backward()["W_i"].item() == 24 + 4455
    assert "W̄_i = W̄_i^(1) + W̄_i^(2) = 24 + 4455 = 4479" in page
    assert "How c carries its gradient in sequence 2" in page


def test_an_update_of_a_training_claims_no_batch_size_of_its_own():
    layer = SimpleRNN(1, activation="relu").bind(kernel=1, recurrent_kernel=1, bias=0)
    options = {"loss": "half_squared_error", "learning_rate": "1/2", "batch_size": 2}
    page = hand_calculation(layer.fit([[1], [1], [0]], [1, 2, 0], **options).updates[1])
    assert "Batch size 2" in page
    assert "weights are adjusted" not in page


def test_a_cell_without_a_state_has_pages(article):
    class Dense(Cell):
        def define(self):
            h = self.vector("h")
            return (Equation(h, self.phi(add(multiply(self.W(), self.x), self.b()))),)

    layer = Dense(2, activation="relu").bind(kernel=1, bias=0)
    training = layer.fit([[1]], [[1, 2]], loss="mean_squared_error", learning_rate=1)
    assert "After the sequence" not in hand_calculation(layer.run([1, 2]).backward())
    assert "Batch size 1" in hand_calculation(training)


def test_the_name_of_a_state_is_typeset():
    class Named(Cell):
        def define(self):
            s = self.vector("s_in")
            return (Equation(s, add(multiply(self.W(), self.x), s.previous)),)

    page = hand_calculation(Named(1).unroll(1), "latex", state_jacobian="s_in", figures=False)
    assert r"\texorpdfstring{How $s_{in}$ carries its gradient}{How a state carries" in page
    assert r"\_" not in page
