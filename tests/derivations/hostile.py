"""Derivation files of hostile values: whatever TOML can say, where something else is wanted."""

from hypothesis import strategies as st

NUMBERS = [
    "0", "-1", "1", "2", "3", "10", "63", "99999999999999999999999999", "-9223372036854775809",
    "0xffffffffffffffffffffffff", "1_000_000", "0.0", "-0.0", "0.1", "1e400", "-1e9999",
    "1e10001", "1e-10001", "1e99999999", "inf", "-inf", "nan", "5e-324", "0.1e-300", "true",
    "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z",
]  # fmt: skip
TEXTS = [
    "", " ", "1/3", "1/0", "0/0", "-1/-3", "0.5 ± 0.01", "0 ± 1e9999", "0 ± 1e99999", "1 ± -1",
    "1 ± ", "± 1", "0 +/- 1/3", "1e9999", "1e-9999", "1e10001", "1/1e5", "0,9", ".5", "½", "١٢",
    "nan", "inf", "0x10", "1_0", "__import__('os').getcwd()", "lambda: 0", "exact", "ball", "float",
    "tanh", "sigmoid", "linear", "softsign", "relu", "leaky_relu(negative_slope=1e9999)",
    "elu(alpha=0)", "clip(limit=-1)", "hard_sigmoid(alpha=1/0)", "softmax", "LSTM", "SimpleRNN",
    "PeepholeLSTM", "OnnxLSTM", "ProjectedLSTM", "Cell", "symbolic", "zero", "c", "h", "x", "W_i",
    "half_squared_error", "mean_squared_error", "mse", r"\u001b[31m", r"\u0000", r"\u202e",
    "../../../etc/passwd", "/dev/zero", "/dev/stdin", ".", "a" * 300, "9" * 5000, "1/" + "7" * 3000,
]  # fmt: skip

text = st.sampled_from(TEXTS).map(lambda value: f'"{value}"')
number = st.sampled_from(NUMBERS)
scalar = st.one_of(number, text)
value = st.recursive(
    scalar,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["i", "f", "c", "o", "g", "h"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {one}" for key, one in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)

HARD = {"activation": '"hard_tanh"', "recurrent_activation": '"hard_sigmoid"'}
CELL = {"type": '"LSTM"', "units": "1", "input_dim": "1", **HARD, "use_bias": "true"}
WEIGHTS = {"kernel": '"1/3"', "recurrent_kernel": "1", "bias": "{i = 0, f = 1, c = 0, o = 0.5}"}
RUN = {"inputs": "[1, 0.5]", "initial_state": "[0, 0]"}
DOCUMENT = {"author": '"me"', "worked": "true", "closed_form_size": "100"}
USUAL = [
    {"": {"title": '"A title"'}, "cell": CELL, "weights": WEIGHTS, "document": DOCUMENT,
     "run": {**RUN, "algebra": '"exact"', "stateful": "false", "max_digits": "5000"},
     "expect": {"i": "[1, 2]"}},
    {"cell": {**CELL, "type": '"PeepholeLSTM"'}, "weights": {**WEIGHTS, "peephole": "2"},
     "run": {**RUN, "algebra": '"ball"', "digits": "12"},
     "backward": {"grad_sequence": "[1, 1]", "grad_state_h": "1", "grad_state_c": "0"},
     "expect.gradients": {"W_i": "1"}},
    {"cell": {"type": '"SimpleRNN"', "units": "2", "activation": '"linear"'},
     "run": {"steps": "2", "initial_state": '"symbolic"', "max_size": "100"},
     "document": {"state_jacobian": '"h"', "introduction": '"hello"'}},
    {"cell": {"type": '"OnnxLSTM"', "units": "1", **HARD, "clip": "1", "peepholes": "true",
              "output_activation": '"linear"'},
     "weights": {**WEIGHTS, "peephole": "1"}, "run": RUN, "document": {"state_jacobian": '"c"'}},
    {"cell": {"type": '"ProjectedLSTM"', "units": "2", "proj_size": "1", **HARD},
     "weights": {**WEIGHTS, "projection": '"1/2"'}, "run": {"inputs": "[[[1]], [[2]]]"}},
    {"cell": CELL, "weights": WEIGHTS, "run": {"inputs": "[[1, 2], [0, 1]]"},
     "training": {"targets": "[[1], [0]]", "loss": '"half_squared_error"', "epochs": "1",
                  "learning_rate": '"1/10"', "batch_size": "[1, 2]", "return_sequences": "false"}},
]  # fmt: skip
"""Files as people write them: each key with a value that it may have."""


NUMERIC = {
    "kernel", "recurrent_kernel", "bias", "peephole", "projection", "inputs", "digits",
    "initial_state", "learning_rate", "targets", "grad_sequence", "grad_state_h",
}  # fmt: skip
EXTREMES = ["1e400", "1e9999", "-1e-9999", "5e-324", '"1/3"', '"0.5 ± 0.01"', '"0 ± 1e9999"',
            f'"1/{"7" * 3000}"', "0xffffffffffffffffffffffff", "-0.0", "1000", "-7"]  # fmt: skip


def extreme(draw, tables):
    """Make some numbers of a file extreme ones, which fill what they belong to."""
    every = [(name, key) for name, table in tables.items() for key in table if key in NUMERIC]
    for name, key in (
        draw(st.lists(st.sampled_from(every), max_size=3, unique=True)) if every else []
    ):
        number = draw(st.sampled_from(EXTREMES))
        lists = {"inputs": f"[{number}, {number}]", "initial_state": f"[{number}, {number}]"}
        tables[name][key] = lists.get(key, number)


@st.composite
def files(draw):
    """Return a file: a usual one in which a few values are hostile, or a few keys are not there."""
    tables = {name: dict(table) for name, table in draw(st.sampled_from(USUAL)).items()}
    if draw(st.booleans()):
        extreme(draw, tables)
    every = [(name, key) for name, table in tables.items() for key in table]
    for name, key in draw(st.lists(st.sampled_from(every), max_size=2, unique=True)):
        usual = tables[name].pop(key)
        where = draw(st.sampled_from(["instead", "instead", "inside", "without", "elsewhere"]))
        if where == "elsewhere":
            tables[draw(st.sampled_from(sorted(tables)))][key] = usual
        elif where != "without":
            one = draw(st.one_of(scalar, value))
            tables[name][key] = one if where == "instead" else f"[{usual}, {one}]"
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]"] if name else []
        lines += [f"{key} = {one}" for key, one in table.items()]
    return "\n".join(lines) + "\n"
