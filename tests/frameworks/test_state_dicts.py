"""State dicts of PyTorch's own modules, and safetensors files, whole and broken."""

import json
import struct

import numpy as np
import pytest
from alike import assert_alike
from components import missing

from symlstm import LSTM, from_torch, layers_of
from symlstm.errors import ModelError, SymlstmError, TooLargeError
from symlstm.frameworks.torch_runtime import implementation
from symlstm.numbers.exact import rational

# What safetensors 0.7 writes of torch.nn.LSTM(1, 1, dtype=torch.bfloat16) inside of a module.
SAVED = (
    b'0\x01\x00\x00\x00\x00\x00\x00{"encoder.bias_hh_l0":{"dtype":"BF16","shape":[4],'
    b'"data_offsets":[0,8]},"encoder.bias_ih_l0":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]'
    b'},"encoder.weight_hh_l0":{"dtype":"BF16","shape":[4,1],"data_offsets":[16,24]},'
    b'"encoder.weight_ih_l0":{"dtype":"BF16","shape":[4,1],"data_offsets":[24,32]}}      '
    b'\xcb>\n>,?\x17\xbf\xe3\xbe\x14\xbd$?~?9\xbf\x04\xbf"?\x16?W=\x03\xbf->o\xbf'
)
KINDS = {"float64": "F64", "float32": "F32", "float16": "F16"}
GOOD = {"weight_ih_l0": np.ones((8, 3)), "weight_hh_l0": np.ones((8, 2))}
BIASES = {"bias_ih_l0": np.ones(8), "bias_hh_l0": np.ones(8)}


@pytest.fixture
def torch():
    try:
        import torch
    except ImportError:
        missing("torch")
    return torch


def file_of(arrays, **changed):
    """Return a safetensors file of arrays; ``changed`` are fields of the last one's entry."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        end = len(data) + array.nbytes
        entry = {"dtype": KINDS[array.dtype.name], "shape": list(array.shape)}
        header[name] = {**entry, "data_offsets": [len(data), end]}
        data += array.tobytes()
    header[name].update(changed)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def same(ours, theirs):
    for layer, its in zip(ours.layers, theirs.layers, strict=True):
        assert repr(layer) == repr(its)
        assert all((layer.weights[k] == its.weights[k]).all() for k in its.weights)


@pytest.mark.parametrize("options", [
    {}, {"bias": False}, {"num_layers": 3}, {"bidirectional": True}, {"proj_size": 2},
    {"num_layers": 2, "bidirectional": True, "proj_size": 1, "bias": False},
    {"kind": "GRU"}, {"kind": "GRU", "num_layers": 2, "bidirectional": True, "bias": False},
    {"kind": "RNN", "num_layers": 2},
], ids=str)  # fmt: skip
def test_names_and_shapes_tell_all_of_a_module(torch, tmp_path, options):
    given = {name: value for name, value in options.items() if name != "kind"}
    module = getattr(torch.nn, options.get("kind", "LSTM"))(3, 4, **given)
    same(from_torch(module.state_dict()), from_torch(module))
    arrays = {f"a.b.{name}": value.numpy() for name, value in module.state_dict().items()}
    same(from_torch({**arrays, "fc.weight": np.ones((2, 2))}, prefix="a.b"), from_torch(module))
    (tmp_path / "m.safetensors").write_bytes(file_of(arrays))
    same(from_torch(tmp_path / "m.safetensors"), from_torch(module))
    same(layers_of(str(tmp_path / "m.safetensors"))["a.b"], from_torch(module))


def test_a_file_of_bfloat16_is_read_bit_for_bit(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(SAVED)
    layer = layers_of(tmp_path / "m.safetensors")["encoder"]
    assert layer.cell == LSTM(1)
    assert layer.kernel.tolist() == [
        [rational("215/4096"), rational("-131/256"), rational("173/1024"), rational("-239/256")]
    ]


def test_modules_with_layers_inside_give_them_by_name(torch):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.LSTM(2, 3, bidirectional=True)
            self.rest = torch.nn.Sequential(torch.nn.LSTMCell(3, 2), torch.nn.GRU(2, 2))

    model = Model()
    for found in (layers_of(model), layers_of(model.state_dict())):
        assert list(found) == ["encoder", "rest.0", "rest.1"]
        same(found["encoder"], from_torch(model.encoder))
        same(found["rest.0"], from_torch(model.rest[0]))
        same(found["rest.1"], from_torch(model.rest[1]))
    same(from_torch(model, "encoder"), from_torch(model.encoder))
    same(from_torch(model.state_dict(), "rest.0."), from_torch(model.rest[0]))
    for wrong, message in [
        (
            lambda: from_torch(model),
            "give prefix, one of 'encoder', 'rest.0', 'rest.1', .*layers_of",
        ),
        (lambda: from_torch(model, "enc"), "no layer called 'enc' inside; .*known: 'encoder', '"),
        (lambda: from_torch(model.state_dict()), "has 3 layers; say which with prefix: 'encod"),
        (lambda: from_torch(model.state_dict(), "x"), "no layer with the prefix 'x'; known: 'enc"),
        (lambda: layers_of(torch.nn.Linear(1, 1)), "Linear has no layer that can be taken over"),
    ]:
        with pytest.raises(ModelError, match=message):
            wrong()


@pytest.mark.parametrize(("arrays", "message"), [
    ({}, "no weight_ih_l0, as that of an LSTM or GRU has; it is empty"),
    ({"fc.weight": np.ones(2)}, "no weight_ih_l0, .*it has 'fc.weight'"),
    ({"weight_ih_l0": np.ones((8, 3))}, "weight_hh_l0 is missing"),
    ({"weight_ih_l1": np.ones((8, 3)), "weight_hh_l1": np.ones((8, 2))}, "weight_ih_l0 is missing"),
    ({**GOOD, "weight_ih_l9999": np.ones((8, 2))}, "weight_ih_l1 is missing"),
    ({**GOOD, "bias_ih_l0": np.ones(8)}, "bias_hh_l0 is missing"),
    ({**GOOD, "weight_ih_l0_reverse": np.ones((8, 3))}, "weight_hh is there for some"),
    ({**GOOD, "weight_hh_l0": np.ones((8, 3))}, "8 rows for 3 units, and an LSTM 4 for each, a"),
    ({**GOOD, "weight_hh_l0": np.ones(8)}, r"weight_hh_l0 has shape \(8,\)"),
    ({**GOOD, "weight_hh_l0": [[1], [2, 3]]}, "weight_hh_l0 is no array of numbers: "),
    ({**GOOD, "weight_hr_l0": np.ones((2, 3))}, "8 rows"),
    ({**GOOD, **BIASES, "bias_ih_l0": np.ones(7)}, r"bias_ih has shape \(7,\)"),
    ({**GOOD, "weight_ih_l0": np.full((8, 3), np.nan)}, "nan, which is no finite number"),
    ({"weight_ih_l0": np.ones((4, 3)), "weight_hh_l0": np.ones((4, 2))}, "4 rows for 2 units"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_arrays_that_are_no_layers_are_one_error(arrays, message):
    with pytest.raises(SymlstmError, match=message) as caught:
        from_torch(arrays)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["pt", "pth", "bin", "ckpt"])
def test_a_pickle_is_not_loaded(tmp_path, suffix):
    path = tmp_path / f"model.{suffix}"
    path.write_bytes(b"cos\nsystem\n(S'touch " + bytes(tmp_path / "run") + b"'\ntR.")
    for read in (from_torch, layers_of):
        with pytest.raises(ModelError, match=r"is a pickle, .*safetensors.torch.save_file\("):
            read(path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("content", "message"), [
    (b"", "it ends before its header does"),
    (b"\xff" * 8, "it ends before its header does"),
    (struct.pack("<Q", 2) + b"[]", "its header is no table"),
    (struct.pack("<Q", 100) + b"[" * 100, "its header is no JSON"),
    (struct.pack("<Q", 15) + b'{"a":1,"a":  2}', "gives each name once"),
    (file_of(GOOD)[:-8], "'weight_hh_l0' is not within the 312 bytes"),
    (file_of(GOOD, shape=[8, 3]), r"128 bytes, and not those of shape \[8, 3\] in F64"),
    (file_of(GOOD, shape=[10**30, 0, 1]), "128 bytes"),
    (file_of(GOOD, shape=[1] * 9), "9 dimensions"),
    (file_of(GOOD, shape=[-8, -2]), "does not say what its dtype, shape"),
    (file_of(GOOD, shape=[True, 2]), "does not say what its dtype, shape"),
    (file_of(GOOD, dtype=["F64"]), "does not say what its dtype, shape"),
    (file_of(GOOD, data_offsets=[0, 10**20]), "not within"),
    (file_of(GOOD, data_offsets=[320, 192]), "not within"),
    (file_of(GOOD, data_offsets=[0, 128]), "are stored in the same bytes"),
    (file_of(GOOD, dtype="I64"), "weight_hh_l0 is missing"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_a_broken_file_is_one_error(tmp_path, content, message):
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        from_torch(path)
    assert "\n" not in str(caught.value)


def test_a_header_of_any_length_is_not_read(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(struct.pack("<Q", 3_000_000) + b" " * 3_000_000)
    with pytest.raises(TooLargeError, match=r"the header of .*bytes of text"):
        from_torch(path)


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("directions", [1, 2])
def test_packed_sequences_are_inputs(torch, in_order, directions):
    from torch.nn.utils.rnn import pack_sequence

    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    lengths = [5, 3, 1] if in_order else [3, 1, 5]
    rows = [torch.tensor(rng.normal(size=(length, 3))) for length in lengths]
    packed = pack_sequence(rows, enforce_sorted=in_order)
    module = torch.nn.LSTM(3, 2, bidirectional=directions == 2).double()
    layer = from_torch(module)
    count = (directions,) * (directions > 1)
    states = [rng.normal(size=(*count, 3, 2)) for _ in range(2)]
    grad = rng.normal(size=(3, 5, 2 * directions))
    assert_alike(implementation(module), packed, states, grad, 1e-13)
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).numpy()
    trace = layer.run(packed, algebra="float", initial_state=states)
    told = layer.run(padded, algebra="float", initial_state=states, sequence_lens=lengths)
    assert (trace.sequence_out == told.sequence_out).all()
    assert (trace.state_c == told.state_c).all()
    for argument in ("mask", "sequence_lens"):
        with pytest.raises(SymlstmError, match=f"inputs are packed, .*; leave out {argument}"):
            layer.run(packed, **{argument: lengths})
    broken = packed._replace(batch_sizes=packed.batch_sizes + 1)
    with pytest.raises(SymlstmError, match="batch_sizes do not fit the data"):
        layer.run(broken)


def test_layers_of_other_things_are_refused(tmp_path):
    with pytest.raises(ModelError, match="nothing of type int has layers that can be taken over"):
        layers_of(1)
    with pytest.raises(ModelError, match=r"is no model; give .*\.safetensors, \.keras"):
        layers_of(tmp_path / "model.txt")


def test_nodes_of_onnx_are_layers_by_name(onnx):
    from models import model

    proto = model(np.random.default_rng(0))
    assert list(layers_of(proto)) == ["lstm"]
