"""Networks of layers that differ in their states, and of such as remember nothing."""

import pickle
from dataclasses import replace
from itertools import chain

import numpy as np
import own_cells
import pytest

from symlstm import GRU, LSTM, Dense, Network, SimpleRNN, audit, probe
from symlstm.errors import CellError, ShapeError, SymlstmError
from symlstm.testing import assert_right

HARD = {"activation": "hard_tanh", "recurrent_activation": "hard_sigmoid"}
KERNELS = {"kernel", "recurrent_kernel"}


def drawn(rng, cell):
    """Return a layer of small fractions."""
    weights = {}
    for group, members in cell.groups.items():
        rows, columns = map(int, members[0].shape)
        shape = (columns, rows * len(members)) if group in KERNELS else rows * len(members)
        weights[group] = rng.integers(-6, 7, size=shape) / 8
    return cell.bind(**weights)


def unlike(seed=0, **options):
    rng = np.random.default_rng(seed)
    simple = SimpleRNN(4, 2, activation=options.get("activation", "tanh"))
    cells = LSTM(3, 2, **options), GRU(2, 3, **options), simple, Dense(2, 4, activation="relu")
    return [drawn(rng, cell) for cell in cells]


def eighths(*shape, seed=1):
    return np.random.default_rng(seed).integers(-8, 9, size=shape) / 8


def test_values_and_gradients_are_those_of_the_layers_run_one_by_one():
    layers, x = unlike(**HARD), eighths(2, 3, 2)
    states = [
        [eighths(2, int(s.shape[0]), seed=k) for k, s in enumerate(one.cell.states.values())]
        for one in layers[:3]
    ]
    trace = Network(layers).run(x, initial_state=states)
    alone, inputs = [], x
    for layer, state in zip(layers, [*states, None], strict=True):
        alone.append(layer.run(inputs, initial_state=state))
        inputs = alone[-1].sequence_out
    assert trace.sequence_out.tolist() == inputs.tolist()
    for one, other in zip(trace.layers[:3], alone, strict=False):
        assert one.state_h.tolist() == other.state_h.tolist()

    above, sent = eighths(2, 3, 2, seed=5), eighths(2, 3, 3, seed=6)
    gradients = trace.backward(grad_sequence=above, grad_state_c="1/3", seeds={0: {"c": sent}})
    seeds = [{"seeds": {"c": sent}, "grad_state_c": "1/3"}, {}, {}, {}]
    for k in reversed(range(4)):
        by_hand = alone[k].backward(grad_sequence=above, **seeds[k])
        assert gradients.layers[k].kernel.tolist() == by_hand.kernel.tolist()
        above = by_hand.inputs
        if layers[k].cell.states:
            found = gradients.initial_state[k]
            assert [one.tolist() for one in found] == [o.tolist() for o in by_hand.initial_state]
    assert gradients.inputs.tolist() == above.tolist()


def test_a_layer_stands_for_a_level_of_one():
    layers, x = unlike(**HARD), eighths(3, 2)
    one, other = Network(layers), Network([[layer] for layer in layers])
    assert one.run(x).sequence_out.tolist() == other.run(x).sequence_out.tolist()
    assert [len(level) for level in one.levels] == [1, 1, 1, 1]


def test_references_losses_and_products_are_of_such_networks_too():
    network, x, y = Network(unlike()), eighths(3, 2), eighths(3, 2, seed=3)
    reference = network.reference(x, dtype="float32")
    ball = network.run(x, algebra="ball", digits=30)
    assert reference.sequence_out.tolist() == ball.sequence_out.astype(np.float32).tolist()
    assert_right(ball.sequence_out.astype(np.float32), reference)
    for one, other in zip(reference.layers, ball.layers, strict=False):
        if one.cell.states:
            assert one.state_h.tolist() == other.state_h.astype(np.float32).tolist()
    known = reference.backward(grad_sequence=1).initial_state
    found = ball.backward(grad_sequence=1).initial_state
    assert [len(states) for states in known] == [2, 1, 1]
    for one, other in zip(chain(*known), chain(*found), strict=True):
        assert one.tolist() == other.astype(np.float32).tolist()
    loss = network.loss(x, y, loss="half_squared_error", algebra="ball", digits=12)
    product = loss.backward().hessian_vector_product({0: {"kernel": 1}, 3: {"bias": 1}})
    assert loss.backward().check().agrees
    assert product.layers[2].kernel.shape == (2, 4)


def test_what_is_behind_sees_what_the_layers_have_ended_with():
    """The backward direction has ended where the sequence begins."""
    rng = np.random.default_rng(4)
    ahead, back = (drawn(rng, LSTM(n, 2, **HARD)) for n in (3, 2))
    dense, head = drawn(rng, Dense(4, 5, activation="relu")), drawn(rng, Dense(2, 4))
    levels = [[ahead, replace(back, go_backwards=True)], [dense]]
    network, x = Network(levels, head=head, return_sequences=False), eighths(2, 4, 2)
    ends = [ahead.run(x).state_h, back.run(x[:, ::-1]).state_h]
    behind = dense.run(np.concatenate(ends, axis=-1)[:, None])
    trace = network.run(x)
    assert trace.sequence_out.tolist() == head.run(behind.sequence_out).sequence_out.tolist()
    lengths = network.run(x, sequence_lens=[2, 4]).sequence_out[:1]
    assert lengths.tolist() == network.run(x[:1, :2]).sequence_out.tolist()
    gradients = trace.backward(grad_sequence=1)
    by_ends = behind.backward(grad_sequence=head.run(behind.sequence_out).backward().inputs)
    sent = by_ends.inputs[:, 0, :3]
    by_hand = ahead.run(x).backward(grad_state_h=sent)
    assert gradients.layers[0].kernel.tolist() == by_hand.kernel.tolist()


def test_they_are_trained_and_go_on_from_their_states():
    network, x, y = Network(unlike(**HARD)), eighths(3, 2), eighths(3, 2, seed=3)
    trained = network.fit([x], [y], learning_rate="1/10", loss="half_squared_error").layer
    gradients = network.loss(x, y, loss="half_squared_error").backward()
    for before, after, by in zip(network.layers, trained.layers, gradients.layers, strict=True):
        assert (before.kernel - by.kernel / 10 == after.kernel).all()
    whole = network.run(np.concatenate([x, y]))
    network.run(x, stateful=True)
    again = pickle.loads(pickle.dumps(network))
    for one in (network, again):
        assert one.run(y, stateful=True).sequence_out.tolist() == whole.sequence_out[3:].tolist()


def test_what_remembers_nothing_may_stand_first_or_alone():
    rng, x, y = np.random.default_rng(3), eighths(3, 2), eighths(3, 2, seed=3)
    first, above = drawn(rng, Dense(3, 2)), drawn(rng, LSTM(2, 3, **HARD))
    for levels in ([first, above], [first, drawn(rng, Dense(2, 3))]):
        network = Network(levels)
        whole = network.run(np.concatenate([x, y])).sequence_out[3:].tolist()
        for algebra in ("exact", "ball"):
            network.reset_state()
            network.run(x, stateful=True, algebra=algebra)
            assert network.run(y, stateful=True).sequence_out.tolist() == whole
        trained = network.fit([x], [y], learning_rate="1/10", loss="half_squared_error").layer
        gradient = network.loss(x, y, loss="half_squared_error").backward().layers[0].kernel
        assert (first.kernel - gradient / 10 == trained.layers[0].kernel).all()
    assert network.run(x).backward().initial_state == []
    with pytest.raises(CellError, match="no layer remembers anything, so that there is no 'state_"):
        _ = network.run(x).state_h
    with pytest.raises(ShapeError, match="initial_state takes"):
        network.run(x, initial_state=[0])


def test_a_cell_of_ones_own_stands_between_others():
    rng = np.random.default_rng(2)
    cells = LSTM(2, 2, **HARD), own_cells.GRU(3, 2, **HARD), Dense(2, 3)
    layers, x = [drawn(rng, cell) for cell in cells], eighths(3, 2)
    first, second, last = layers
    by_hand = last.run(second.run(first.run(x).sequence_out).sequence_out)
    trace = Network(layers).run(x)
    assert trace.sequence_out.tolist() == by_hand.sequence_out.tolist()
    assert trace.backward().check().agrees


def test_what_they_have_not_together_is_asked_of_each():
    network, x = Network(unlike(**HARD)), eighths(3, 2)
    trace = network.run(x)
    with pytest.raises(CellError, match=r"no 'state_h' together; ask each of the layers\[k\]"):
        _ = trace.state_h
    with pytest.raises(CellError, match=r"no 'state_h' together; ask each of the layers\[k\]"):
        _ = network.reference(x).state_h
    wanted = r"initial_state takes the states of each layer, \[\[h, c\], \[h\], \[h\]\]"
    for states in ([0, 0], [[0, 0]], 0):
        with pytest.raises(ShapeError, match=wanted):
            network.run(x, initial_state=states)
    with pytest.raises(ShapeError, match=r"grad_state_h has shape \(3,\); give a number, or those"):
        trace.backward(grad_state_h=[1, 2, 3])
    with pytest.raises(SymlstmError, match=r"remember nothing, .*; probe its layers one by one"):
        probe(network)
    with pytest.raises(SymlstmError, match="initial_state=True is for layers whose states"):
        audit(lambda x, h: x, layer=network, initial_state=True)
