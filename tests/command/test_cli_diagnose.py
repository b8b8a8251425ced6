"""The command ``symlstm diagnose``: files in, a diagnosis out."""

import json
import sys
from inspect import signature

import numpy as np
import pytest

import symlstm
from symlstm import LSTM
from symlstm.command import cli
from symlstm.command.diagnose import diagnose

DERIVATION = """
[cell]
units = 2
input_dim = 2
[weights]
kernel = [[0.5, -1, 0.25, 2, 1, -0.75, 0.125, 1], [1, 0.25, -2, 0.5, -0.5, 1, 1, -1]]
recurrent_kernel = [[1, 2, 0.25, -2, 0.5, 0.75, 1, -1], [0.5, 1, -1, 0.5, -0.5, 1, 0.25, 1]]
bias = [0.5, 0.25, 1, 0.75, -1, 0.125, 0.5, 0.25]
[run]
algebra = "ball"
inputs = [[1, 0.5], [-0.5, 0.25], [0.75, -1]]
"""
INPUTS = np.array([[1, 0.5], [-0.5, 0.25], [0.75, -1]])
KERNEL = [[0.5, -1, 0.25, 2, 1, -0.75, 0.125, 1], [1, 0.25, -2, 0.5, -0.5, 1, 1, -1]]
RECURRENT = [[1, 2, 0.25, -2, 0.5, 0.75, 1, -1], [0.5, 1, -1, 0.5, -0.5, 1, 0.25, 1]]
BIAS = [0.5, 0.25, 1, 0.75, -1, 0.125, 0.5, 0.25]


def lstm(inputs, kernel, recurrent, bias, gates="ifco"):
    """Return the outputs of an LSTM in float32, written by hand."""
    kernel, recurrent, bias = (np.array(one, np.float32) for one in (kernel, recurrent, bias))
    h = c = np.zeros(2, np.float32)
    found = []
    for x in np.float32(inputs):
        z = dict(zip(gates, np.split(x @ kernel + h @ recurrent + bias, 4), strict=True))
        i, f, o = (1 / (1 + np.exp(-z[gate])) for gate in "ifo")
        c = f * c + i * np.tanh(z["c"])
        h = o * np.tanh(c)
        found.append(h)
    return np.stack(found)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; return its exit code, output and errors."""

    def run_(*arguments):
        monkeypatch.setattr(sys, "argv", ["symlstm", "diagnose", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return caught.value.code or 0, captured.out, captured.err

    return run_


@pytest.fixture
def layer(tmp_path):
    path = tmp_path / "mine.derivation.toml"
    path.write_text(DERIVATION)
    return path


def saved(path, array):
    np.save(path, array)
    return path


def test_what_is_right_is_said_to_be(run, layer, tmp_path):
    actual = saved(tmp_path / "y.npy", lstm(INPUTS, KERNEL, RECURRENT, BIAS))
    code, out, err = run(layer, "--actual", actual)
    assert (code, err) == (0, "")
    assert out.startswith("Right: rounding in float32 explains every difference.")
    assert "cannot show on these numbers" in out
    assert "h-c-swapped" in out


def test_a_mistake_is_told_with_the_wrong_equation_beside_the_right_one(run, layer, tmp_path):
    actual = saved(tmp_path / "y.npy", lstm(INPUTS, KERNEL, RECURRENT, BIAS, "fico"))
    code, out, err = run(layer, "--actual", actual)
    assert (code, err) == (1, "")
    told = " ".join(out.split())
    assert "stacked weights in the order i f c o are read as f i c o" in told
    assert "wrong z_{i,t} = W_f x_t + U_f h_{t-1} + b_f" in told
    assert "right z_{i,t} = W_i x_t + U_i h_{t-1} + b_i" in told
    assert "the gates in the order i, f, c, o" in told
    assert "f_t-and-i_t-exchanged-in-c_t" in told
    assert max(map(len, out.splitlines())) <= 80


def test_what_is_not_explained_is_told_as_far_as_it_is_known(run, layer, tmp_path):
    wrong = lstm(INPUTS, KERNEL, np.multiply(RECURRENT, 1.01), BIAS)
    actual = saved(tmp_path / "y.npy", wrong)
    code, out, err = run(layer, "--actual", actual, "--max-faults", 1)
    assert (code, err) == (1, "")
    told = " ".join(out.split())
    assert told.startswith("Unexplained: no mistake that is known gives these numbers.")
    assert "Step 1 is right and step 2 wrong" in told
    assert "h_{t-1} or c_{t-1}, by U_i, U_f, U_c or U_o" in told
    assert max(map(len, out.splitlines())) <= 80


def test_one_file_has_inputs_states_and_outputs_by_name(run, layer, tmp_path):
    states = {"initial_h": np.float32([0.5, -0.25]), "initial_c": np.float32([1, 0.125])}
    reference = symlstm.load(layer)
    cell = LSTM(units=2, input_dim=2)
    true = cell.bind(kernel=KERNEL, recurrent_kernel=RECURRENT, bias=BIAS).reference(
        INPUTS, dtype="float32", initial_state=list(states.values())
    )
    assert reference.trace.cell == cell
    path = tmp_path / "all.npz"
    outputs = {"actual": true.sequence_out, "state_c": true.state_c, "i": true["i"]}
    np.savez(path, inputs=INPUTS, **states, **outputs)
    assert run(layer, "--actual", path)[0] == 0
    assert run(layer, "--inputs", path, "--actual", path)[0] == 0
    np.savez(path, inputs=INPUTS, initial_h=states["initial_c"], **outputs)
    assert run(layer, "--actual", path, "--max-faults", 1)[0] == 1


@pytest.mark.slow
def test_gradients_are_given_by_name(run, layer, tmp_path):
    cell = LSTM(units=2, input_dim=2)
    true = cell.bind(kernel=KERNEL, recurrent_kernel=RECURRENT, bias=BIAS).reference(
        INPUTS, dtype="float32"
    )
    outside = np.float32([[1, -0.5], [0.25, 2], [-1, 1]])
    found = true.backward(grad_sequence=outside)
    given = {"grad_kernel": found.kernel, "grad_inputs": found.inputs, "grad_c": found["c"]}
    given["grad_initial_h"] = found.initial_state[0]
    path = tmp_path / "backward.npz"
    np.savez(path, grad_sequence=outside, **given)
    assert run(layer, "--actual", path)[0] == 0
    np.savez(path, grad_sequence=outside, sequence_out=true.sequence_out, **given)
    assert run(layer, "--actual", path)[0] == 0
    np.savez(path, grad_sequence=outside, **{**given, "grad_kernel": 2 * given["grad_kernel"]})
    code, out, err = run(layer, "--actual", path, "--max-faults", 1)
    assert (code, err) == (1, "")
    assert "gradients by weights are twice what they are" in " ".join(out.split())


def test_a_mask_counts(run, layer, tmp_path):
    mask = np.array([True, False, True])
    cell = LSTM(units=2, input_dim=2)
    true = cell.bind(kernel=KERNEL, recurrent_kernel=RECURRENT, bias=BIAS).reference(
        INPUTS, dtype="float32", mask=mask
    )
    path = tmp_path / "run.npz"
    np.savez(path, inputs=INPUTS, mask=mask)
    right = saved(tmp_path / "masked.npy", true.sequence_out)
    assert run(layer, "--inputs", path, "--actual", right)[0] == 0
    actual = saved(tmp_path / "y.npy", lstm(INPUTS, KERNEL, RECURRENT, BIAS))
    code, out, _ = run(layer, "--inputs", path, "--actual", actual)
    assert code == 1
    assert "mask-ignored" in out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--actual", "none.npy"], "none.npy: cannot be read: No such file"),
        (["--actual", "text.npy"], "text.npy: cannot be read as a .npy or .npz file"),
        (["--actual", "empty.npz"], "empty.npz: has no outputs; call one 'sequence_out'"),
        (["--actual", "other.npz"], "the reference has no 'gate'"),
        (["--actual", "short.npy"], "sequence_out has shape (2, 2), and its reference (3, 2)"),
        (["--actual", "y.npy", "--inputs", "two.npz"], "two.npz: has a, b; call one 'inputs'"),
        (["--actual", "y.npy", "--max-faults", 3], "max_faults is 3; give 1 or 2"),
        (["--actual", "y.npy", "--dtype", "float8"], "float8"),
        (["--actual", "y.npy", "--limit", "values=1"], "symlstm.budget(values=...)"),
    ],
)
def test_bad_input_is_one_line(run, layer, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    right = lstm(INPUTS, KERNEL, RECURRENT, BIAS)
    np.save("y.npy", right)
    np.save("short.npy", right[1:])
    np.savez("empty.npz", inputs=INPUTS)
    np.savez("other.npz", gate=right)
    np.savez("two.npz", a=INPUTS, b=INPUTS)
    (tmp_path / "text.npy").write_text("0.5")
    code, out, err = run(layer, *change)
    assert (code, out) == (2, "")
    assert err.startswith("symlstm: ")
    assert len(err.splitlines()) == 1
    assert message in err


def safetensors(arrays):
    """Return a file of float32 arrays, by hand."""
    head, data = {}, b""
    for name, array in arrays.items():
        end = len(data) + array.nbytes
        head[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + data


def test_a_layer_is_named_where_a_model_has_several(run, tmp_path):
    kernel, recurrent = (np.float32(one).T.copy() for one in (KERNEL, RECURRENT))
    bias = np.float32(BIAS)
    both = {"weight_ih_l0": kernel, "weight_hh_l0": recurrent, "bias_ih_l0": bias}
    both["bias_hh_l0"] = bias / 2
    model = tmp_path / "model.safetensors"
    names = [f"{layer}.{name}" for layer in ("encoder", "decoder") for name in both]
    model.write_bytes(safetensors({name: both[name.partition(".")[2]] for name in names}))
    inputs = saved(tmp_path / "x.npy", np.float32(INPUTS))
    actual = saved(tmp_path / "y.npy", lstm(INPUTS, KERNEL, RECURRENT, BIAS))
    options = ("--inputs", inputs, "--actual", actual)
    code, _, err = run(model, *options)
    assert code == 2
    assert "has several layers; name one with --node: encoder, decoder" in err
    assert "has no layer 'coder'" in run(model, "--node", "coder", *options)[2]
    assert "name it with --inputs" in run(model, "--node", "encoder", "--actual", actual)[2]
    code, out, _ = run(model, "--node", "encoder", *options)
    assert code == 1
    assert "the second, of the recurrent weights, is left out" in " ".join(out.split())


def test_files_without_a_layer_to_run_are_refused(run, layer, tmp_path):
    actual = saved(tmp_path / "y.npy", lstm(INPUTS, KERNEL, RECURRENT, BIAS))
    layer.write_text("[cell]\nunits = 1\n[run]\nsteps = 2\n")
    code, _, err = run(layer, "--actual", actual)
    assert code == 2
    assert "is symbolic; give a file with [weights]" in err
    code, _, err = run(tmp_path / "model.pt", "--actual", actual)
    assert code == 2


def test_its_options_have_the_defaults_of_the_function():
    command, function = (signature(one).parameters for one in (diagnose, symlstm.diagnose))
    shared = [name for name in ("dtype", "max_faults") if name in command]
    assert [command[name].default for name in shared] == [function[n].default for n in shared]
