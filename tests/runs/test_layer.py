from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy

from symlstm import LSTM, Network
from symlstm.errors import CellError, NotExactError, NumberError, ShapeError, SymlstmError
from symlstm.numbers.arrays import rational_array

RATIONAL = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}


@pytest.fixture
def wide():
    rng = np.random.default_rng(0)
    cell = LSTM(3, 2, **RATIONAL)
    return cell.bind(
        kernel=rng.integers(-3, 3, (2, 12)),
        recurrent_kernel=rng.integers(-3, 3, (3, 12)),
        bias=rng.integers(-3, 3, 12),
    )


def test_a_number_fills_and_a_mapping_and_a_stacked_array_agree():
    cell = LSTM(2, 2, **RATIONAL)
    stacked = np.arange(16).reshape(2, 8)
    gates = dict(zip("ifco", np.split(stacked, 4, axis=1), strict=True))
    gates = {gate: matrix.T for gate, matrix in gates.items()}
    one = cell.bind(kernel=stacked, recurrent_kernel=1, bias=0)
    other = cell.bind(W=gates, recurrent_kernel=np.ones((2, 8)), bias=dict.fromkeys("ifco", 0))
    assert all((one.weights[name] == other.weights[name]).all() for name in cell.weights)
    assert one.weights["W_f"].tolist() == stacked[:, 2:4].T.tolist()


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"kernle": 1}, CellError, "no weights 'kernle'; did you mean 'kernel'"),
        ({"kernel": 1}, CellError, "recurrent_kernel is missing"),
        ({"kernel": 1, "recurrent_kernel": 1}, CellError, r"bias is missing; .*use_bias=False"),
        ({"kernel": {"g": 1}}, CellError, "kernel has no gate 'g'; 'g' is called 'c' here; known"),
        ({"kernel": {"i": 1}}, CellError, "kernel misses the gate 'f'"),
        ({"kernel": np.ones((8, 3))}, ShapeError, r"shape \(8, 3\); .*\(3, 8\).* transpose"),
        ({"kernel": [1, 2]}, ShapeError, r"kernel has shape \(2,\)"),
        ({"kernel": {g: [[1], [2]] for g in "ifco"}}, ShapeError, r"kernel.i has shape \(2, 1\)"),
        ({"kernel": "x"}, NumberError, "kernel is 'x'"),
        ({"kernel": {"i": None}}, CellError, "misses"),
    ],
)
def test_weights_that_do_not_fit_are_named(weights, error, message):
    with pytest.raises(error, match=message):
        LSTM(2, 3, **RATIONAL).bind(**weights)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("weight_hh_l0", "no weights 'weight_hh_l0'; it is an array of layout='torch'; give that"),
     ("weights", "'weights' is called 'kernel' here; known: kernel, recurrent_kernel, bias, W"),
     ("U_g", "'U_g' is called 'U_c' here; known: kernel"),
     ("W_x", "no weights 'W_x'; it is an array of layout='coreml'; give that, too"),
     ("x", "'x' is called 'inputs' here, which goes to run"),
     ("h0", "'h0' is called 'initial_state' here, which goes to run"),
     ("initial_state", "no weights 'initial_state'; 'initial_state' goes to run; known"),
     ("q", "no weights 'q'; known: kernel")],
)  # fmt: skip
def test_weights_by_another_name_are_refused_and_told_their_own(name, meant):
    with pytest.raises(CellError, match=meant) as caught:
        LSTM(2, 3, **RATIONAL).bind(**{name: 1})
    assert caught.value.argument == name


def test_a_weight_that_is_asked_for_by_another_name_is_told_its_own(article):
    with pytest.raises(CellError, match="no weight 'W'; 'W' is called 'kernel' here; known: W_i"):
        article["W"]
    with pytest.raises(CellError, match="'W_g' is called 'W_c' here"):
        article["W_g"]
    with pytest.raises(CellError, match="no gradient by 'w_hh'; 'w_hh' is called 'recurrent_kern"):
        article.run([1]).backward()["w_hh"]
    with pytest.raises(AttributeError, match="no 'g'; 'g' is called 'c_tilde' here"):
        _ = article.run([1])[1].g


def test_shapes_are_as_documented(wide, article):
    sequence = wide.run(np.ones((4, 2)))
    assert sequence["i"].shape == sequence.sequence_out.shape == (4, 3)
    assert sequence[2].h.shape == sequence.state_h.shape == (3,)
    assert sequence["x"].shape == (4, 2)
    batch = wide.run(np.ones((5, 4, 2)))
    assert batch["z_o"].shape == (5, 4, 3)
    assert batch[4].c.shape == batch.state_c.shape == (5, 3)
    scalar = article.run([1, 2])
    assert scalar["i"].shape == (2,)
    assert isinstance(scalar[1].h, sympy.Integer)
    assert article.run([[1], [2]])["h"].shape == (2, 1)
    assert article.run([[[1], [2]]])["h"].shape == (1, 2, 1)
    assert LSTM(2, **RATIONAL).bind(kernel=1, recurrent_kernel=1, bias=1).run([1, 2])[
        "h"
    ].shape == (
        2,
        2,
    )
    assert sequence["h"].dtype == object
    assert wide.run(np.ones((4, 2)), algebra="float")["h"].dtype == np.float64


def test_values_equal_ints_and_fractions(article):
    trace = article.run(["1/2"])
    assert trace.state_h == Fraction(1, 8)
    assert (trace["i"] == [Fraction(1, 2)]).all()
    assert article.run([2]).state_h == 8


def test_a_batch_is_its_sequences(wide):
    inputs = np.random.default_rng(1).integers(-2, 3, (3, 4, 2))
    state = [np.random.default_rng(k).integers(-2, 3, (3, 3)) for k in (2, 3)]
    batch = wide.run(inputs, initial_state=state)
    for k in range(3):
        alone = wide.run(inputs[k], initial_state=[part[k] for part in state])
        assert (batch["h"][k] == alone["h"]).all()
        assert (batch.state_c[k] == alone.state_c).all()


def test_every_run_starts_at_zero_unless_told(article):
    assert article.run([1, 1]).state_h == article.run([1, 1]).state_h == 12
    assert article.run([1], initial_state=[12, 6]).state_h == 3211
    assert article.run([1], initial_state=[[12], [6]])[0].c == 6


def test_stateful_runs_go_on_until_they_are_reset(article):
    assert article.run([1, 1], stateful=True).state_h == 12
    assert article.run([1]).state_h == 1
    assert article.run([1], stateful=True).state_h == 3211
    article.reset_state()
    assert article.run([1], stateful=True).state_h == 1
    assert article.run([1], stateful=True, initial_state=[12, 6]).state_h == 3211


def test_states_that_overflow_are_not_kept(article):
    article.run([1, 1], stateful=True)
    with pytest.raises(NumberError, match=r"h\[0\]\[0\] is inf"):
        article.run([1] * 12, stateful=True, algebra="float")
    assert article.run([1], stateful=True).state_h == 3211


def test_a_trace_keeps_the_states_that_it_began_with(article):
    article.run([1, 1], stateful=True)
    trace = article.run([1], stateful=True)
    article.run([1], stateful=True)
    assert trace[0].h == 12
    assert trace.given.states["h"].item() == 12


def test_weights_cannot_be_changed_behind_a_layers_back(article):
    with pytest.raises(ValueError, match="read-only"):
        article.weights["W_i"][0, 0] = 5


def test_stateful_batches_go_on_sequence_by_sequence(wide):
    inputs = np.random.default_rng(1).integers(-2, 3, (2, 6, 2))
    whole = wide.run(inputs)
    wide.run(inputs[:, :2], stateful=True)
    assert (wide.run(inputs[:, 2:], stateful=True)["h"] == whole["h"][:, 2:]).all()
    with pytest.raises(ShapeError, match="3 sequences, and the states kept are those of 2"):
        wide.run(np.ones((3, 1, 2)), stateful=True)


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        ([1, 2], {}, ShapeError, r"inputs have shape \(2,\); give \(T, 2\)"),
        ([[1, 2, 3]], {}, ShapeError, r"inputs have shape \(1, 3\)"),
        (1, {}, ShapeError, "inputs have shape"),
        ([], {}, ShapeError, r"shape \(0,\); .* at least one step"),
        (np.ones((0, 2)), {}, ShapeError, "at least one step"),
        ([[[[1, 2]]]], {}, ShapeError, "inputs have shape"),
        ([[1, None]], {}, NumberError, r"inputs\[0\]\[1\] is None"),
        ([[1, 2]], {"initial_state": 0}, ShapeError, r"takes \[h, c\]"),
        ([[1, 2]], {"initial_state": {"h": 1, "c": 1}}, ShapeError, r"takes \[h, c\]"),
        ([[1, 2]], {"initial_state": np.array(0)}, ShapeError, r"takes \[h, c\]"),
        (np.ma.array([[1, 2]], mask=[[0, 1]]), {}, NumberError, "inputs has masked entries"),
        ([[1, 2]], {"initial_state": [0]}, ShapeError, r"takes \[h, c\]"),
        ([[1, 2]], {"initial_state": [[1], 0]}, ShapeError, r"h has shape \(1,\); give a number"),
        ([[1, 2]], {"algebra": "flaot"}, SymlstmError, "algebra is 'flaot'; did you mean 'float'"),
    ],
)
def test_inputs_that_do_not_fit_are_named(wide, inputs, options, error, message):
    with pytest.raises(error, match=message):
        wide.run(inputs, **options)


def test_functions_without_exact_values_are_refused():
    layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
    with pytest.raises(NotExactError, match=r"sigmoid takes rational .*hard_sigmoid"):
        layer.run([1])
    assert 0 < layer.run([1], algebra="float").state_h < 1


def test_a_layer_made_of_another_keeps_states_of_its_own(article):
    other = replace(article, go_backwards=True)
    article.run([1, 1], stateful=True)
    assert other.run([1], stateful=True).state_h == 1
    assert repr(other).endswith("go_backwards=True)")


def test_training_starts_from_zero_whatever_states_a_layer_has(article):
    states = {name: rational_array([[7]]) for name in "hc"}
    assert replace(article, initial_state=states).run([0]).state_c == 7 * 7 + 7 * 7
    options = {"loss": "half_squared_error", "learning_rate": "1/10"}
    layers = article, replace(article, initial_state=states)
    losses = [layer.fit([[1, 1]], [10], **options).losses for layer in layers]
    assert losses[0] == losses[1] == [2]
    stacks = [Network([[layer], [layer]]) for layer in layers]
    losses = [stack.fit([[1, 1]], [10], **options).losses for stack in stacks]
    assert losses[0] == losses[1]


class Unprintable:
    def __repr__(self):
        raise RuntimeError("it cannot be printed")


def nested(depth):
    return [nested(depth - 1)] if depth else 1


ABSURD = [10**30, -1, float("nan"), None, "x", 1j, {}, {"i": 1}, {1}, iter([1]), lambda: 1, b"\x00",
          nested(60), nested(800), [[1], [2, 3]], [np.zeros(2), np.zeros(3)], np.zeros((0, 1)),
          np.array([{}], dtype=object), np.ma.masked_array([1, 2], [0, 1]), np.array([1 + 1j]),
          np.broadcast_to(np.float64(1), (10**6, 10**6)), range(10**12), Unprintable(),
          np.zeros(2, dtype=[("a", int)]), np.array(["NaT"], dtype="M8[s]")]  # fmt: skip


@pytest.mark.parametrize("argument", ["inputs", "initial_state", "mask", "sequence_lens", "digits",
                                      "max_digits", "stateful", "algebra"])  # fmt: skip
def test_absurd_arguments_are_errors_of_ours(article, argument):
    refused = 0
    for absurd in ABSURD:
        options = {"inputs": [1, 2], argument: absurd}
        if argument == "digits":
            options["algebra"] = "ball"
        try:
            article.run(options.pop("inputs"), **options)
        except SymlstmError:
            refused += 1
    assert refused > len(ABSURD) // 2
    assert article.run([1, 1, 1]).state_h == 3211
