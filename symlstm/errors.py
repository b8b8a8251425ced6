"""The errors of symlstm; beside them, Python's own for an index or attribute that is not there.

::

    SymlstmError
    ├── CellError         a cell that cannot be: an unknown option, equations that do not fit
    ├── NumberError       something that is not a number, or not a finite one
    ├── ShapeError        numbers in a shape that the cell cannot take
    ├── NotExactError     exact arithmetic asked of a function that leaves the rationals
    ├── TooLargeError     a closed form, or exact weights, beyond what can be worked with
    ├── PrecisionError    a value that no precision decides
    ├── ModelError        a layer or model of another framework that cannot be taken over
    ├── MissingExtraError something optional that is not installed
    ├── SpecError         a derivation file that cannot be read as one
    └── OutputError       a document that cannot be written where it was asked for
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

LONGEST_MESSAGE = 1000
"""How long a message can be on one line; those of other packages know no limit."""

SYNONYMS = {
    # Activations, as PyTorch, SciPy, MATLAB and papers call them.
    "linear": "identity none id no purelin",
    "sigmoid": "logistic logsig sigma σ expit",
    "tanh": "tansig hyperbolic_tangent",
    "relu": "rectifier rectified_linear poslin",
    "leaky_relu": "lrelu",
    "hard_sigmoid": "hsigmoid",
    "hard_tanh": "htanh",
    "silu": "swish",
    "hard_silu": "hard_swish hswish",
    "exponential": "exp",
    "negative_slope": "alpha",
    "threshold": "lambd lambda theta",
    # Groups of weights, as PyTorch, ONNX and formulas call them.
    "kernel": "W W_x W_xh W_ih weight weights weight_ih weight_ih_l0 input_weights W_i W_f W_c W_o",
    "recurrent_kernel": "U R W_h W_hh weight_hh weight_hh_l0 recurrent_weights U_i U_f U_c U_o",
    "bias": "b b_ih b_hh bias_ih bias_hh bias_ih_l0 bias_hh_l0 biases b_i b_f b_c b_o",
    "recurrent_bias": "b_hn",
    "peephole": "p peepholes",
    "projection": "W_hr weight_hr weight_hr_l0",
    "W_c": "W_g",
    "U_c": "U_g",
    "b_c": "b_g",
    # What a run is given and gives.
    "inputs": "input x xs data sequence sequences",
    "initial_state": "h0 c0 hx cx state states initial_states init_state initial_h initial_c",
    "steps": "T timesteps n_steps num_steps length seq_len sequence_length",
    "digits": "decimals precision",
    "sequence_out": "output outputs out y sequence",
    "state_h": "h_n last_h final_h",
    "state_c": "c_n last_c final_c",
    "grad_sequence": "grad_output grad_outputs grad_sequence_out",
    "grad_state_h": "grad_h grad_h_n",
    "grad_state_c": "grad_c grad_c_n",
    # Gates and values. A value g is the candidate; the gate of that is c, as Keras calls it.
    "x": "input inputs",
    "h": "output hidden hidden_state y",
    "c_tilde": "g j candidate cell_gate cell_input",
    "c": "g j candidate cell_gate cell cell_state",
    "i": "input input_gate",
    "f": "forget forget_gate",
    "o": "output output_gate",
    "z": "update update_gate u",
    "r": "reset reset_gate",
    "h_tilde": "n new candidate hh",
    # Options of cells, of training and of documents.
    "units": "hidden_size hidden_units hidden_dim hidden n_units num_units n_hidden state_size",
    "input_dim": "input_size n_features num_features in_features",
    "use_bias": "with_bias has_bias",
    "reset_after": "linear_before_reset",
    "peepholes": "use_peepholes",
    "proj_size": "num_proj projection_size",
    "activation": "nonlinearity act activation_function",
    "recurrent_activation": "gate_activation inner_activation",
    "type": "kind",
    "targets": "target y labels",
    "loss": "criterion objective cost",
    "learning_rate": "lr eta step_size",
    "optimizer": "optim updater",
    "epsilon": "eps",
    "momentum": "mu",
    "epochs": "n_epochs num_epochs iterations",
    "mean_squared_error": "mse mse_loss",
    "latex": "tex pdf",
    "markdown": "md gfm",
    "terminal": "text txt plain console",
    # Cells, algebras and floats.
    "SimpleRNN": "RNN RNN_cell Elman",
    "LSTM": "LSTM_cell",
    "GRU": "GRU_cell",
    "PeepholeLSTM": "peephole",
    "ProjectedLSTM": "LSTMP",
    "CoupledLSTM": "CIFG",
    "TensorFlowLSTM": "BasicLSTMCell LSTMBlockCell",
    "exact": "rational rationals fraction fractions",
    "float": "float64 double floats numpy",
    "ball": "balls interval intervals arb certified",
    "decimal": "decimals calculator rounded",
    "float64": "double fp64 f64 float",
    "float32": "single fp32 f32",
    "float16": "half fp16 f16",
    "bfloat16": "bf16",
    # Tables of a derivation file.
    "cell": "layer network model",
    "backward": "gradients gradient grad backprop",
    "training": "train fit",
    "expect": "expected expectations result results output outputs",
    "document": "page",
}
"""What others call what has a name here, however they write it: with capitals, with no underscores.

Which of the names can be meant where, those say that are known there; of several it is the first.
"""


class SymlstmError(ValueError):
    """The base of all errors here; its message names what is wrong and how to mend it.

    ``argument`` is the name of the argument, or of the key in a derivation file, that is at fault.
    """

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        super().__init__(printable(message))
        self.argument = argument


class CellError(SymlstmError):
    """A cell that cannot be: an unknown option, or equations that do not fit together."""


class NumberError(SymlstmError):
    """Something given as a number that is none, or is not finite."""


class ShapeError(SymlstmError):
    """Numbers in a shape that the cell cannot take."""


class NotExactError(SymlstmError):
    """Exact arithmetic asked of a function that leaves the rationals."""


class TooLargeError(SymlstmError):
    """A closed form beyond the size that can be worked with."""


class PrecisionError(SymlstmError):
    """A value that stays undecided however many bits it is computed with."""


class ModelError(SymlstmError):
    """A layer or model of another framework that is not one, or not supported."""


class MissingExtraError(SymlstmError):
    """Something optional that is not installed; the message says how to install it."""


class SpecError(SymlstmError):
    """A derivation file that cannot be read as one; the message names the file and the key."""


class OutputError(SymlstmError):
    """A document that cannot be written where it was asked for."""


def printable(text: str) -> str:
    r"""Return text as a terminal may be given it: what is no printable character is escaped.

    Lines stay lines. A byte that is no UTF-8, as Python reads it in the name of a file, is one.

    >>> printable("a\x1b[31mb\udcff")
    'a\\x1b[31mb\\xff'
    """
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    byte = ord(character) - 0xDC00
    if 0x80 <= byte <= 0xFF:
        return f"\\x{byte:02x}"
    return character.encode("unicode_escape").decode("ascii")


def choices(name: object, known: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> str:
    """Return what to say of an unknown ``name``: what it is called here, then all that is known.

    That is a name in `SYNONYMS`, or else the nearest one. ``elsewhere`` has names that are known in
    another place, and what to say of them.

    >>> choices("kernle", ["kernel", "bias"])
    "did you mean 'kernel'? known: kernel, bias"
    >>> choices("W", ["kernel", "bias"])
    "'W' is called 'kernel' here; known: kernel, bias"
    >>> choices("x", ["kernel", "bias"], {"inputs": "goes to run"})
    "'x' is called 'inputs' here, which goes to run; known: kernel, bias"
    """
    names = list(known)
    hint = _hint(name, names, elsewhere or {}) if isinstance(name, str) else ""
    return f"{hint}known: {', '.join(names) or 'none'}"


def _hint(name: str, names: list[str], elsewhere: Mapping[str, str]) -> str:
    if name in elsewhere:
        return f"{name!r} {elsewhere[name]}; "
    alike, there = _alike(name, names), _alike(name, elsewhere)
    called = [] if alike or there else _called(name, names)
    if called:
        return f"{name!r} is called {called[0]!r} here; "
    near = alike if alike or there else difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}? "
    there = there or _called(name, elsewhere)
    return f"{name!r} is called {there[0]!r} here, which {elsewhere[there[0]]}; " if there else ""


def _alike(name: str, names: Iterable[str]) -> list[str]:
    """Return the names with the same letters as another one."""
    return [known for known in names if _letters(known) == _letters(name)]


def _called(name: str, names: Iterable[str]) -> list[str]:
    """Return the names of what others call ``name``."""
    return [ours for ours in SYNONYMS if ours in names and _alike(name, SYNONYMS[ours].split())]


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def one_line(error: Exception) -> str:
    """Return the message of an error without its line breaks, and its beginning if it is long."""
    message = " ".join(str(error).split())
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 3]}..."
