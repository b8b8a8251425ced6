"""Merged equations of the backward pass: the same values, and the equations of the literature."""

import unicodedata
from functools import partial

import numpy as np
import pytest
from every_cell import EVERY_KIND
from hypothesis import given, settings
from hypothesis import strategies as st
from own_cells import GRU
from worked_out import Linear, worth

from symlstm import (
    LSTM,
    FlaxMGU,
    OnnxLSTM,
    PeepholeLSTM,
    ProjectedLSTM,
    SimpleRNN,
    TensorFlowLSTM,
)
from symlstm.equations.expression import Quantity, quantities, t
from symlstm.passes.differentiate import adjoint, uses
from symlstm.passes.merge import aliases, merged, renamed, without_aliases
from symlstm.passes.state_jacobian import local_derivative

KINDS = (LSTM, PeepholeLSTM, SimpleRNN, ProjectedLSTM, OnnxLSTM, TensorFlowLSTM, FlaxMGU)
CELLS = (GRU, Linear, *(partial(kind, **EVERY_KIND[kind]) for kind in KINDS))


@st.composite
def backward_passes(draw):
    """Return gradients of a cell with random weights and inputs, in floats."""
    size = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    activation = draw(st.sampled_from(["tanh", "linear"]))
    cell = draw(st.sampled_from(CELLS))(*size, activation=activation)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = {name: rng.normal(size=stacked_shape(cell, name)) / 2 for name in cell.groups}
    trace = cell.bind(**weights).run(rng.normal(size=(3, size[1])), algebra="float")
    incoming = {"grad_sequence": 1} if draw(st.booleans()) else {}
    return trace.backward(**incoming).with_running_sums()


def stacked_shape(cell, group):
    return cell.stack(group, lambda weight: np.zeros(weight.shape)).shape


def inner(cell):
    return [adjoint(q) for q in (e.lhs for e in cell.program) if q.name.startswith("z_")]


@given(backward_passes())
@settings(max_examples=60)
def test_merged_equations_have_the_same_values(gradients):
    for equations in (
        merged(gradients.equations, inner(gradients.cell)),
        without_aliases(gradients.equations),
    ):
        assert len(equations) <= len(gradients.equations)
        for step in range(1, len(gradients) + 1):
            for equation in equations:
                told = worth(equation.rhs, gradients, step)
                assert np.allclose(told, worth(equation.lhs, gradients, step)), equation


@given(backward_passes())
@settings(max_examples=60)
def test_whatever_merged_equations_use_they_compute(gradients):
    """But what the forward pass has, and what comes from outside."""
    equations = merged(gradients.equations, inner(gradients.cell))
    computed = {equation.lhs for equation in equations}
    gone = {equation.lhs for equation in gradients.equations} - computed
    used = {q.at(t) for e in equations for q in quantities(e.rhs) if q.time is not None}
    assert not used & gone
    names = aliases(gradients.equations)
    initial = {
        q.at(t) for e in gradients.initial_equations for q in quantities(renamed(e.rhs, names))
    }
    assert not initial & gone


@given(backward_passes())
@settings(max_examples=60)
def test_what_all_uses_of_a_value_hand_back_is_its_gradient(gradients):
    cell = gradients.cell
    found = list(uses(cell.program))
    for value in {value for value, _, _ in found}:
        bar = adjoint(value)
        for step in range(1, len(gradients) + 1):
            total = np.zeros(value.shape)
            if value.name in gradients.incoming:
                total = total + worth(seeded(value), gradients, step)
            for _, share, equation in (use for use in found if use[0] == value):
                later = adjoint(equation.lhs)
                local = worth(local_derivative(share, later), gradients, step)
                handed = local @ worth(later, gradients, step)
                assert np.allclose(handed, worth(share, gradients, step))
                total = total + handed
            assert np.allclose(total, worth(bar, gradients, step)), value


def seeded(value):
    return Quantity(f"Delta_{value.name}", *value.shape, value.time)


def plain(equations):
    return [unicodedata.normalize("NFC", str(equation)) for equation in equations]


def test_the_lstm_has_the_equations_of_greff_et_al():
    """Section II-B, without an equation for each gate's own gradient."""
    cell = PeepholeLSTM(2)
    wanted = [
        "δ_{o,t} = h̄_t ⊙ tanh(c_t) ⊙ σ'(z_{o,t})",
        "δ_{f,t} = c̄_t ⊙ c_{t-1} ⊙ σ'(z_{f,t})",
        "δ_{i,t} = c̄_t ⊙ c̃_t ⊙ σ'(z_{i,t})",
        "δ_{c̃,t} = c̄_t ⊙ i_t ⊙ tanh'(z_{c̃,t})",
    ]
    told = plain(merged(cell.adjoint_equations, inner(cell)))
    assert {unicodedata.normalize("NFC", line) for line in wanted} <= {*told}
    assert not any(line.startswith(("ō", "f̄", "ī", "c̃̄")) for line in told)


@pytest.mark.parametrize("pass_", [without_aliases, lambda e: merged(e, inner(Linear(1)))])
def test_a_chain_of_names_ends_in_the_last_one(pass_):
    cell = Linear(1, activation=None, recurrent_activation=None)
    told = plain(pass_(cell.adjoint_equations))
    assert not any("h̄_t" in line or unicodedata.normalize("NFC", "h̄_t") in line for line in told)
    names = aliases(cell.adjoint_equations)
    assert not {*names} & {*names.values()}
