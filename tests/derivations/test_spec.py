import pytest

from symlstm.derivations.spec import load
from symlstm.errors import SpecError

GOOD = """
title = "A title"
[cell]
type = "LSTM"
units = 1
activation = "linear"
recurrent_activation = "linear"
[weights]
kernel = 1
recurrent_kernel = "1/3"
bias = 0.1
[run]
inputs = [1, -2.5e-1]
"""


@pytest.fixture
def write(tmp_path):
    def write_(text):
        path = tmp_path / "mine.derivation.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_


def test_numbers_are_exact(write):
    trace = load(write(GOOD)).trace
    assert trace[1].i * 10 == 11
    assert trace[2]["x"] * 4 == -1


def test_an_introduction_that_no_document_can_hold_is_refused(write):
    text = f'{GOOD}[document]\nintroduction = "{"> " * 99}"\n'
    with pytest.raises(SpecError, match=r"\[document\] introduction: .* more than 30 deep"):
        load(write(text), written=True)
    load(write(text))


def test_steps_have_lines_for_each_product(write):
    assert "W_i x_1 = " not in load(write(GOOD)).write("terminal")
    assert "W_i x_1 = " in load(write(f"{GOOD}[document]\nsteps = true\n")).write("terminal")


def test_a_file_without_weights_is_symbolic(write):
    text = GOOD[: GOOD.index("[weights]")] + '[run]\nsteps = 2\ninitial_state = "symbolic"\n'
    trace = load(write(text)).trace
    assert str(trace[0].h) == "h_0"
    assert len(trace) == 2


@pytest.mark.parametrize(
    "weights",
    [
        'W = 1\nU = "1/3"\nb_i = 0.1\nb = {f = 0.1, c = 0.1, o = 0.1}',
        'W_i = [[1]]\nW_f = 1\nW_c = 1\nW_o = 1\nrecurrent_kernel = "1/3"\nb = 0.1',
        'layout = "torch"\nweight_ih_l0 = [[1], [1], [1], [1]]\nweight_hh_l0 = "1/3"\n'
        "bias_ih_l0 = [0.1, 0, 0.1, 0]\nbias_hh_l0 = [0, 0.1, 0, 0.1]",
        'layout = "tf1"\nforget_bias = 2\nkernel = [[1, 1, 1, 1], ["1/3", "1/3", "1/3", "1/3"]]\n'
        "bias = [0.1, 0.1, -1.9, 0.1]",
        'layout = "chainer"\n"upward/W" = 1\nupward.b = 0.1\nlateral = {W = "1/3"}',
    ],
)
def test_weights_can_be_given_as_printed_and_as_a_program_has_them(write, weights):
    start, end = GOOD.index("kernel = 1"), GOOD.index("[run]")
    trace = load(write(f"{GOOD[:start]}{weights}\n{GOOD[end:]}")).trace
    assert trace.state_h == load(write(GOOD)).trace.state_h


def test_keys_that_python_uses_are_only_keys(write):
    with pytest.raises(SpecError, match=r"\[weights\] .* no weights 'self'"):
        load(write(GOOD.replace("kernel = 1", "self = 1", 1)))


def test_the_file_name_stands_in_for_a_title(write):
    assert load(write(GOOD.replace('title = "A title"', ""))).title == "mine"


def test_expectations_are_compared_exactly(write):
    expect = '[expect]\ni = ["11/10", 1]\nstate_c = 0\n'
    mismatches = load(write(GOOD + expect)).mismatches()
    assert [(m.name, m.step) for m in mismatches] == [("i", 2), ("state_c", 2)]
    assert str(mismatches[0]).startswith("step 2, i: expected 1, got ")


def test_expectations_of_a_batch_name_sequence_and_unit(write):
    text = GOOD.replace("units = 1", "units = 2").replace("inputs = [1, -2.5e-1]",
        "inputs = [[[1], [1]], [[0], [2]]]")  # fmt: skip
    text = text.replace("0.1", "0").replace('"1/3"', "0")
    text += "[expect]\ni = [[[1, 1], [1, 1]], [[0, 0], [2, 5]]]\n"
    (mismatch,) = load(write(text)).mismatches()
    assert str(mismatch) == "step 2, i[1][1]: expected 5, got 2"


def test_without_a_type_a_cell_is_an_lstm(write):
    without = GOOD.replace('type = "LSTM"\n', "")
    assert without != GOOD
    assert load(write(without)).trace.cell == load(write(GOOD)).trace.cell


MISTAKES = [
    ("kernel = 1\n", "kernle = 1\n", r"\[weights\] .* no weights 'kernle'; did you mean 'kernel'"),
    ("kernel = 1\n", "", r"\[weights\] kernel is missing"),
    ("kernel = 1\n", "kernel = [1, 2]\n", r"\[weights\] kernel has shape \(2,\); give"),
    ("bias = 0.1", 'bias = "x"', r"\[weights\] bias is 'x', which is no finite number"),
    ("bias = 0.1", "bias = nan", r"\[weights\] bias is NaN"),
    ("bias = 0.1", "bias = 1e99999999", r"\[weights\] bias is 1E\+99999999, beyond"),
    ("bias = 0.1", "bias = 1979-05-27", r"\[weights\] bias is datetime"),
    ("bias = 0.1", "bias = \"__import__('os').getcwd()\"", r"\[weights\] bias is "),
    ("units = 1", "unitz = 1", r"\[cell\] has no key 'unitz'; did you mean 'units'"),
    ("units = 1\n", "", r"\[cell\] units is missing"),
    ("units = 1", "units = 0", r"\[cell\] units is 0; give a whole number"),
    ('"LSTM"', '"LTSM"', r"\[cell\] type is 'LTSM'; did you mean 'LSTM'"),
    ('"LSTM"', "[1]", r"\[cell\] type is \[1\]; .*LSTM"),
    ('\nactivation = "linear"', '\nactivation = "tanh"',
     r"\[cell\] activation is 'tanh', which has no exact .*hard_tanh"),
    ('recurrent_activation = "linear"', "", r"\[cell\] recurrent_activation is 'sigmoid', which"),
    ("inputs = [1, -2.5e-1]", "", r"\[run\] inputs is missing"),
    ("inputs = [1, -2.5e-1]", "inputs = [[1, 2]]", r"\[run\] inputs have shape \(1, 2\); give"),
    ("inputs = [1, -2.5e-1]", "inputs = 1\nsteps = 2", r"\[run\] has no key 'steps' for numbers"),
    ("inputs =", "stateful = 1\ninputs =", r"\[run\] stateful is 1; give true or false"),
    ("[run]", "[document]\nclosed_form_size = -1\n[run]", r"closed_form_size is below 0"),
    ("[weights]\nkernel = 1\nrecurrent_kernel = \"1/3\"\nbias = 0.1\n", "",
     r"\[run\] has no key 'inputs' for symbols"),
    ("[run]", "[runs]", r"has no key 'runs'; did you mean 'run'"),
    ("[cell]", "[[cell]]", r"\[cell\] is .*make it a table"),
    ('"A title"', "3", "title is 3; give text"),
    ("[run]", "[expect]\nstate_q = 1\n[run]",
     r"\[expect\] has no key 'state_q'; did you mean 'state_h'"),
    ("[run]", "[expect]\nstate_h = [1]\n[run]",
     r"\[expect\] state_h has shape \(1,\), and the run gives \(\)"),
    ("[run]", "[document]\nauthor = 1\n[run]", r"\[document\] author is 1; give text"),
    ("[run]", "[document]\nclosed_form_size = true\n[run]",
     r"closed_form_size is True; give a whole"),
    ("[run]", "[run", "is not TOML that can be read: Expected"),
    ("kernel = 1\n", "weight_ih = 1\n", r"\[weights\] .* an array of .* or layout='torch'; give"),
    ("kernel = 1\n", "kernel = 1\nW_i = 1\n", r"\[weights\] W_i is given twice, as kernel and"),
    ("kernel = 1\n", "layout = 'tf'\n", r"\[weights\] layout is 'tf'; did you mean 'tf1'"),
    ("kernel = 1\n", "layout = 'tf1'\n", r"\[weights\] the layout 'tf1' has no array 'recurrent"),
    ("kernel = 1\n", "kernel = {i=1, f=1, g=1, o=1}\n",
     r"\[weights\] kernel has no gate 'g'; 'g' is called 'c' here"),
    ("inputs =", "x =", r"\[run\] has no key 'x' for numbers; 'x' is called 'inputs' here; known"),
    ("inputs =", "h0 = 1\ninputs =", r"'h0' is called 'initial_state' here; known"),
    ("inputs =", "W_i = 1\ninputs =",
     r"\[run\] .*'W_i' is called 'kernel' here, which belongs in \[weights\]; known: algebra"),
    ("units = 1", "units = 1\nbias = 1", r"\[cell\] .*'bias'; 'bias' belongs in \[weights\]; kn"),
    ("units = 1", "hidden_size = 1", r"\[cell\] .* 'hidden_size' is called 'units' here"),
    ("[cell]\n", "", r"derivation.toml: has no key 'type'; 'type' belongs in \[cell\]; known"),
    ("[run]", "[gradients]\n[run]", "has no key 'gradients'; 'gradients' is called 'backward'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_what_is_wrong_is_one_error_that_names_file_key_and_mend(write, old, new, message):
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(SpecError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "not TOML"),
        (b"a = " + b"9" * 5000, "not TOML"),
        (b"a = " + b"[" * 5000, "5,000 levels of nesting, more than the 32"),
        (b"", r"\[cell\] is missing"),
    ],
)
def test_what_is_no_derivation_file_is_refused(write, content, message):
    with pytest.raises(SpecError, match=message):
        load(write(content))


BARE = [
    ("bias = 1/2", 'line 11 has 1/2; quote it ("1/2")'),
    ("bias = -1 / 3  # a third", 'line 11 has -1 / 3; quote it ("-1 / 3")'),
    ("bias = .5", 'line 11 has .5; quote it (".5")'),
    ("bias = 5.", 'line 11 has 5.; quote it ("5.")'),
    ("bias = 0.5 ± 0.1", 'line 11 has 0.5 ± 0.1; quote it ("0.5 ± 0.1")'),
    ("bias = {i = 1, f = 1/2, c = 0, o = 0}", 'line 11 has 1/2; quote it ("1/2")'),
    ("bias = [1, 2.5, 1/2, 1]", 'line 11 has 1/2; quote it ("1/2")'),
    ("bias = [\n  1,\n  +.5,\n]", 'line 13 has +.5; quote it ("+.5")'),
    ("bias = 0,9", "line 11 has 0,9; a decimal has a point, and no comma"),
    ("bias = False", "line 11 has False; write true or false"),
    ("bias = elu(alpha=1/2)", 'line 11 has elu(alpha=1/2); quote it ("elu(alpha=1/2)")'),
    ("bias = hard_tanh", 'line 11 has hard_tanh; quote it ("hard_tanh")'),
    ("bias = 1 2", "(at line 11, column 10)"),
    ("bias = " + "1" * 99 + "/2", "(at line 11, column 107)"),
    ("bias", "(at line 11, column 5)"),
]


@pytest.mark.parametrize(("bare", "mend"), BARE)
def test_a_value_that_needs_quotes_is_shown_in_them_with_its_line(write, bare, mend):
    path = write(GOOD.replace("bias = 0.1", bare))
    with pytest.raises(SpecError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: is not TOML that can be read: ")
    assert str(caught.value).endswith(mend)


@pytest.mark.parametrize("newline", ["\r\n", "\u2028\n"])
def test_lines_are_counted_as_toml_counts_them(write, newline):
    text = "# a comment" + newline + GOOD.replace("bias = 0.1", "bias = 1/2")
    with pytest.raises(SpecError, match="line 12 has 1/2"):
        load(write(text))


@pytest.mark.parametrize("quoted", ["1/2", ".5", "5.", "-1 / 3"])
def test_what_the_message_says_can_be_read(write, quoted):
    assert load(write(GOOD.replace("bias = 0.1", f'bias = "{quoted}"'))).trace


def test_a_byte_order_mark_is_passed_over(write):
    assert load(write(b"\xef\xbb\xbf" + GOOD.encode())).title == "A title"


@pytest.mark.parametrize(
    ("run", "message"),
    [("steps = 0", "steps is 0"), ("steps = 1\nmax_size = 'big'", "max_size is 'big'"),
     ("inputs = [1]", "has no key 'inputs' for symbols"), ("", "steps is missing")],
)  # fmt: skip
def test_what_is_wrong_with_a_symbolic_run_is_named(write, run, message):
    with pytest.raises(SpecError, match=rf"\[run\] {message}"):
        load(write(GOOD[: GOOD.index("[weights]")] + f"[run]\n{run}\n"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SpecError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_expectations_need_numbers(write):
    text = GOOD[: GOOD.index("[weights]")] + "[run]\nsteps = 1\n[expect]\nh = [1]\n"
    with pytest.raises(SpecError, match=r"\[expect\] needs numbers"):
        load(write(text))
