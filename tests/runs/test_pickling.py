"""Copies of what a run, a loss or a file came to: the same to the last bit, and as much use."""

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from flint import arb
from parts import bits, parts

import symlstm
from symlstm import (
    LSTM,
    Network,
    OnnxLSTM,
    PeepholeLSTM,
    ProjectedLSTM,
    SimpleRNN,
    hand_calculation,
)
from symlstm.algebras.running_error import RunningErrorAlgebra
from symlstm.equations.activations import activation
from symlstm.gradients.gradients import backward
from symlstm.gradients.reference_gradients import ReferenceGradients
from symlstm.gradients.seeds import incoming
from symlstm.numbers.arrays import interval
from symlstm.testing.layer_case import random_case


def pickled(value):
    return pickle.loads(pickle.dumps(value))


COPIES = [copy.copy, copy.deepcopy, pickled]
RATIONAL = {"activation": "leaky_relu(negative_slope=1/100)", "recurrent_activation": "relu6"}
GALLERY = sorted(Path(__file__).parents[2].glob("derivations/*/*.derivation.toml"))
CELLS = [PeepholeLSTM(2), ProjectedLSTM(2, proj_size=1), OnnxLSTM(2, clip=3), SimpleRNN(3)]
INPUTS = [[[1, -2], ["1/3", 3]], [[-1, "0.1"], [2, 5]]]


@cache
def layer(units=2, input_dim=2, **options):
    rng = np.random.default_rng(0)
    kernel, recurrent = (rng.integers(-9, 9, (n, 4 * units)) for n in (input_dim, units))
    cell = LSTM(units, input_dim, use_bias=False, **options)
    return cell.bind(kernel=kernel / 8, recurrent_kernel=recurrent / 8)


@cache
def network():
    below = [layer(1), replace(layer(1), go_backwards=True)]
    return Network([below, [layer(1, 2)]])


@cache
def boxed():
    kernel = interval(np.ones((2, 8), dtype=int), "1e-3")
    return LSTM(2, 2, use_bias=False).bind(kernel=kernel, recurrent_kernel=1)


def kept():
    kept = replace(layer(**RATIONAL))
    kept.run(INPUTS, stateful=True)
    return kept


def asked(reference):
    """Return a reference that has been asked for something."""
    assert np.isfinite(first_result(reference)).all()
    return reference


def first_result(reference):
    gradients = isinstance(reference, ReferenceGradients)
    return reference.layers[0].inputs if gradients else reference.state_h


def training(**options):
    loss = {"loss": "mean_squared_error", "learning_rate": "1/10"}
    return layer(**RATIONAL).fit(INPUTS, [[1, 0], [0, 1]], **loss, **options)


def audit():
    def zeros(inputs):
        return np.zeros((*inputs.shape[:2], 2), dtype=np.float32)

    with ThreadPoolExecutor(1) as executor:
        return symlstm.audit(zeros, layer=layer(), cases=2, steps=2, executor=executor)


def beyond_all_bounds():
    """Return a trace of balls that are not finite."""
    cell = SimpleRNN(1, activation="exponential", use_bias=False)
    run = cell.bind(kernel=1, recurrent_kernel=1).run(interval([1, 1], 10**30), algebra="ball")
    assert not run[2].h.is_finite()
    return run


RUNS = {
    "exact": lambda: layer(**RATIONAL).run(INPUTS),
    "scalar": lambda: LSTM(1, **RATIONAL).bind(kernel=1, recurrent_kernel=1, bias=0).run([1, 2]),
    "float": lambda: layer().run(INPUTS, algebra="float"),
    "ball": lambda: layer().run(INPUTS[0], algebra="ball", digits=20),
    "intervals": lambda: boxed().run(INPUTS, algebra="ball", digits=12),
    "masked": lambda: layer().run(INPUTS, mask=[[1, 1], [0, 1]], algebra="ball", digits=9),
    "symbolic": lambda: LSTM(1, **RATIONAL).unroll(2, initial_state="symbolic"),
    "symbolic tanh": lambda: LSTM(2, 2).unroll(2),
    "network": lambda: network().run(INPUTS, algebra="float"),
    "network of balls": lambda: network().run(INPUTS[0], algebra="ball", digits=9),
}
CHECKED = [name for name in RUNS if "symbolic" not in name and name != "intervals"]
"""Those that have numbers to be compared with float64."""
REFERENCES = {
    "reference": lambda: layer().reference(INPUTS, dtype="float32"),
    "exact reference": lambda: layer(**RATIONAL).reference(INPUTS, dtype="float16"),
    "network reference": lambda: network().reference(INPUTS[0], dtype="float64"),
    "a layer's reference": lambda: network().reference(INPUTS[0]).layers[1],
}
OTHERS = {
    "running errors": lambda: made("exact").given.run(RunningErrorAlgebra()),
    "not finite": beyond_all_bounds,
    "running errors' gradients": lambda: backward(
        made("running errors"), incoming(made("running errors"), {"grad_sequence": 1})
    ),
    "Jacobian": lambda: made("exact").state_jacobian("c"),
    "Jacobian of balls": lambda: made("ball").state_jacobian("h"),
    "symbolic Jacobian": lambda: made("symbolic").state_jacobian("c"),
    "check": lambda: made("exact").check(),
    "check of balls": lambda: made("ball").check(),
    "training": training,
    "training in floats": lambda: training(algebra="float", batch_size=2),
    "update": lambda: training().updates[0],
    "audit": audit,
    "case": random_case,
    "layer": boxed,
    "layer with kept states": kept,
    "network of layers": network,
    "step": lambda: made("ball")[2],
    "step of gradients": lambda: made("gradients of ball")[2],
    "array of balls": lambda: made("ball")["i"],
    **{repr(cell): lambda cell=cell: cell for cell in CELLS},
    **{path.stem: lambda path=path: symlstm.load(path) for path in GALLERY},
}
MADE = {
    **RUNS,
    **{f"gradients of {name}": lambda name=name: made(name).backward() for name in RUNS},
    **REFERENCES,
    **{f"{name}, asked": lambda make=make: asked(make()) for name, make in REFERENCES.items()},
    **{
        f"gradients of {name}": lambda make=make: make().backward()
        for name, make in REFERENCES.items()
    },
    **{
        f"gradients of {name}, asked": lambda make=make: asked(make().backward())
        for name, make in REFERENCES.items()
    },
    **OTHERS,
}


@cache
def made(name):
    return MADE[name]()


@pytest.mark.parametrize("name", MADE)
def test_a_copy_is_the_same_to_the_last_bit(name):
    original = made(name)
    whole = parts(original)
    for copied in COPIES:
        again = copied(original)
        assert again is not original
        assert parts(again) == whole
    assert parts(original) == whole


@pytest.mark.parametrize("name", RUNS)
def test_a_copied_run_goes_on_as_the_run_does(name):
    run = made(name)
    for copied in COPIES:
        again = copied(run)
        assert parts(again.backward()) == parts(made(f"gradients of {name}"))


@pytest.mark.parametrize("name", CHECKED)
def test_a_copied_run_is_checked_as_the_run_is(name):
    for original in (made(name), made(f"gradients of {name}")):
        assert parts(pickled(original).check()) == parts(original.check())


@pytest.mark.parametrize("name", ["exact", "ball", "symbolic"])
def test_a_copied_run_has_the_same_jacobians_and_pages(name):
    def read(jacobian):
        return parts([jacobian[2], jacobian.alone(), jacobian.through_others()])

    run = made(name)
    jacobian, page = run.state_jacobian("c"), hand_calculation(run, format="markdown")
    for copied in COPIES:
        again = copied(run)
        assert read(again.state_jacobian("c")) == read(copied(jacobian)) == read(jacobian)
        assert hand_calculation(again, format="markdown") == page


@pytest.mark.parametrize("name", REFERENCES)
def test_a_copied_reference_decides_what_the_reference_decides(name):
    reference = REFERENCES[name]()
    unasked = [copied(reference) for copied in COPIES]
    wanted = first_result(reference), first_result(reference.backward())
    for again in [*unasked, *(copied(reference) for copied in COPIES)]:
        found = first_result(again), first_result(pickled(again.backward()))
        assert parts(found) == parts(wanted)


@pytest.mark.parametrize("copied", COPIES)
def test_a_copied_case_has_the_same_true_values(copied):
    case = random_case(units=2, steps=2)
    unasked, true = copied(case), case.reference.sequence_out
    for again in (unasked, copied(case)):
        again.assert_ulp(true, max_ulp=0)


@pytest.mark.parametrize("copied", COPIES)
def test_a_copied_layer_goes_on_from_the_states_that_are_kept_and_keeps_its_own(copied):
    layer = kept()
    again = copied(layer)
    first = again.run(INPUTS, stateful=True)
    second = again.run(INPUTS, stateful=True)
    assert parts(first.state_c) != parts(second.state_c)
    again.reset_state()
    assert parts(layer.run(INPUTS, stateful=True).state_c) == parts(first.state_c)
    assert parts(layer.run(INPUTS, stateful=True).state_c) == parts(second.state_c)
    assert parts(again.run(INPUTS, stateful=True).state_c) == parts(made("exact").state_c)


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_copied_derivation_writes_the_same_page(path):
    derivation = made(path.stem)
    again = pickled(derivation)
    assert not again.mismatches()
    assert again.write("markdown") == derivation.write("markdown")


def test_what_an_algebra_has_compiled_is_compiled_again():
    run = made("ball")
    assert vars(run.algebra).keys() - vars(pickled(run).algebra) == {"_compiled_forms"}
    assert bits(pickled(run).algebra.scalar(activation("tanh"))(arb(1))) == bits(
        run.algebra.scalar(activation("tanh"))(arb(1))
    )


def test_a_process_that_has_imported_nothing_reads_what_this_one_wrote(root):
    names = ["ball", "gradients of symbolic", "gradients of reference", "update", "not finite"]
    written = [
        pickle.dumps(made(name), protocol)
        for name in names
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)  # SymPy takes no other
    ]
    again = "[pickle.loads(one) for one in pickle.load(sys.stdin.buffer)]"
    script = f"import pickle, sys; sys.stdout.buffer.write(pickle.dumps({again}))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, input=pickle.dumps(written), cwd=root, check=True, stdout=subprocess.PIPE
    )
    read = pickle.loads(done.stdout)
    assert len(read) == len(written)
    for number, found in enumerate(read):
        assert parts(found) == parts(made(names[number * len(names) // len(read)]))
