from symlstm import LSTM, PeepholeLSTM
from symlstm.passes.preactivations import name_preactivations


def test_only_what_has_no_name_is_named():
    program = name_preactivations(PeepholeLSTM(2).equations)
    assert [equation.lhs.name for equation in program] == [
        "z_i", "i", "z_f", "f", "z_c_tilde", "c_tilde", "c", "z_o", "o", "h",
    ]  # fmt: skip
    assert str(program[-1]) == "h_t = o_t ⊙ tanh(c_t)"


def test_naming_twice_changes_nothing():
    once = name_preactivations(LSTM(2).equations)
    assert name_preactivations(once) == once
