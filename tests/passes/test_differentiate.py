"""The adjoint equations, beside those of the literature."""

import unicodedata

from symlstm import LSTM, PeepholeLSTM
from symlstm.equations.expression import t
from symlstm.passes.differentiate import differentiate, differentiate_initial

GREFF = {
    # Greff et al. (2017), section II: δy, δo, δc, δf, δi, δz and δx. Their y, z and R are h, c̃
    # and U here; they write δ for the adjoint of a pre-activation and of y and c alike. Gates get
    # an adjoint of their own here, ō = h̄ ⊙ tanh(c), which they put straight into δo.
    "h_bar": "h̄_t = Δ_{h,t} + U_iᵀ δ_{i,t+1} + U_fᵀ δ_{f,t+1} + U_cᵀ δ_{c̃,t+1} + U_oᵀ δ_{o,t+1}",
    "o_bar": "ō_t = h̄_t ⊙ tanh(c_t)",
    "delta_o": "δ_{o,t} = ō_t ⊙ σ'(z_{o,t})",
    "c_bar": "c̄_t = h̄_t ⊙ o_t ⊙ tanh'(c_t) + δ_{o,t} ⊙ p_o + δ_{i,t+1} ⊙ p_i + δ_{f,t+1} ⊙ p_f"
    " + c̄_{t+1} ⊙ f_{t+1}",
    "f_bar": "f̄_t = c̄_t ⊙ c_{t-1}",
    "delta_f": "δ_{f,t} = f̄_t ⊙ σ'(z_{f,t})",
    "i_bar": "ī_t = c̄_t ⊙ c̃_t",
    "delta_i": "δ_{i,t} = ī_t ⊙ σ'(z_{i,t})",
    "c_tilde_bar": "c̄~_t = c̄_t ⊙ i_t",
    "delta_c_tilde": "δ_{c̃,t} = c̄~_t ⊙ tanh'(z_{c̃,t})",
    "x_bar": "x̄_t = W_iᵀ δ_{i,t} + W_fᵀ δ_{f,t} + W_cᵀ δ_{c̃,t} + W_oᵀ δ_{o,t}",
    # The gradients of the weights, as running sums from the last step to the first.
    "W_bar_i": "W̄_{i,t} = W̄_{i,t+1} + δ_{i,t} x_tᵀ",
    "U_bar_f": "Ū_{f,t} = Ū_{f,t+1} + δ_{f,t} h_{t-1}ᵀ",
    "b_bar_c": "b̄_{c,t} = b̄_{c,t+1} + δ_{c̃,t}",
    "p_bar_i": "p̄_{i,t} = p̄_{i,t+1} + δ_{i,t} ⊙ c_{t-1}",
    "p_bar_o": "p̄_{o,t} = p̄_{o,t+1} + δ_{o,t} ⊙ c_t",
}


def composed(text):
    """Accents may be written as characters of their own, or with their letters."""
    return unicodedata.normalize("NFC", str(text))


def adjoints(cell, *seeds):
    equations = differentiate(cell.program, map(cell.vector, seeds))
    return {equation.lhs.name: composed(equation) for equation in equations}


def test_the_vanilla_lstm_has_the_backward_pass_of_greff_et_al():
    equations = adjoints(PeepholeLSTM(2, 3), "h")
    assert {n: equations[n] for n in GREFF} == {n: composed(GREFF[n]) for n in GREFF}
    assert len(equations) == 10 + 1 + 4 + 4 + 4 + 3


def test_the_term_that_people_stumble_over_is_there():
    term = "c̄_t = h̄_t ⊙ o_t ⊙ tanh'(c_t) + c̄_{t+1} ⊙ f_{t+1}"
    assert adjoints(LSTM(2), "h")["c_bar"] == composed(term)


def test_every_adjoint_is_computed_before_it_is_used():
    cell = PeepholeLSTM(2)
    known = set()
    for equation in differentiate(cell.program, [cell.output]):
        for quantity in equation.rhs.atoms(type(equation.lhs)):
            if "bar" in quantity.name or "delta" in quantity.name:
                assert quantity.time == t + 1 or quantity in known, (equation, quantity)
        known.add(equation.lhs)


def test_initial_states_hear_from_the_first_step_alone():
    cell = PeepholeLSTM(2)
    states = [state.at(t) for state in cell.states.values()]
    h, c = (
        composed(equation.subs(t, 0)) for equation in differentiate_initial(cell.program, states)
    )
    assert h == composed("h̄_0 = U_iᵀ δ_{i,1} + U_fᵀ δ_{f,1} + U_cᵀ δ_{c̃,1} + U_oᵀ δ_{o,1}")
    assert c == composed("c̄_0 = δ_{i,1} ⊙ p_i + δ_{f,1} ⊙ p_f + c̄_1 ⊙ f_1")


def test_seeds_stand_where_the_loss_is_differentiated_directly():
    equations = adjoints(LSTM(2), "c")
    assert equations["c_bar"].startswith(composed("c̄_t = Δ_{c,t} + "))
    assert "Δ" not in equations["h_bar"]
