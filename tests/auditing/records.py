"""Records of audits: their cases, as they are written now and as they were before."""

import json

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from symlstm.auditing.record import opened
from symlstm.auditing.result import ERRORS, REACH, VERDICT
from symlstm.auditing.statistics import statistics
from symlstm.judging.apart import Judged
from symlstm.numbers.ulps import ulp_distance

ABOUT = {
    "implementation": "mine, with a \n and a ü",
    "dtype": "float32",
    "layer": "1234",
    "seed": 0,
    "shape": [2, 3, 4],
}
SHAPES = {"sequence_out": (2, 3, 5), "state_h": (2, 5), "gradient by kernel": (4, 20)}
OFTEN = settings(max_examples=200, suppress_health_check=list(HealthCheck))
NUMBERS = (4, 0, 2, 1, 3)
"""Of cases, in the order in which they got done."""
ALTERED = r"line {} does not fit its checksum: it was altered, or what was before it"
SEALLESS = r"line {} does not end in its checksum: it was cut off or altered"
"""What is said of a line."""
CHANGED = {
    b'"sum"': b'"qum"',
    b'"count"': b'"cpunt"',
    b'"reference"': b'"referencd"',
    b'"at"': b'"bt"',
    b'"steps"': b'"stepr"',
    b'"0x1': b'"8x1',
    b"0p-": b"1p-",
    b"sequence_out": b"squence_out",
    b'"count": 10': b'"count": -10',
    b'"count": 1': b'"count": 10',
    b'"infinite": 0': b'"infinite": 1',
    b'"infinite": ': b'"infinite": false',
    b'"at": [': b'"at": [5',
    b'"worst": ': b'"worst": 1',
    b'"case": 1': b'"case": 0',
    b'{"case"': b'{"case": 1, "case"',
    b", ": b",  ",
}
"""What can be changed in a line, and to what, so that it does not fit together any more."""


def case(number):
    """Return the result of a case; the third is infinitely off, and of the fourth one undecided."""
    rng = np.random.default_rng(number)
    outputs = {}
    for name, shape in SHAPES.items():
        actual = rng.normal(size=shape).astype(np.float32)
        reference = actual + rng.normal(scale=1e-6, size=shape).astype(np.float32)
        if number == 2:
            actual[..., 1] = np.nan
        ulps = ulp_distance(actual, reference)
        judged = judged_by(ulps, None if number % 2 else 512)
        outputs[name] = statistics(name, actual, reference, ulps, judged)
    if number == 3:
        outputs["state_h"] = {"undecided": "state_h lies between two floats"}
    return {"case": number, "outputs": outputs}


def judged_by(ulps, enough):
    """Return a verdict of nobody: up to 8 ulps are explained by rounding, all by ``enough``."""
    beyond = ulps > 8
    if not beyond.any():
        return Judged(4, None, beyond, None, ulps + 3)
    return Judged(enough, None, beyond, tuple(np.argwhere(beyond)[0]), ulps / 2)


def small(number):
    """Return the result of a case in few bytes."""
    one = np.float32([1])
    judged = judged_by(one * 0, None)
    return {
        "case": number,
        "outputs": {"state_h": statistics("state_h", one, one, one * 0, judged)},
    }


def written(path, *numbers, about=ABOUT, made=case):
    """Write a record; return its bytes after each append, the first those before any."""
    record = opened(path, about)
    states = [path.read_bytes()]
    for number in numbers:
        record.append(made(number))
        states.append(path.read_bytes())
    record.close()
    return states


def read(path, about=ABOUT):
    record = opened(path, about)
    record.close()
    return record.results


def before(result):
    """Return a result as versions 1 and 2 had it: without errors and verdicts."""
    new = {*ERRORS, *VERDICT, *REACH}
    if isinstance(result, dict):
        return {key: before(value) for key, value in result.items() if key not in new}
    return [before(one) for one in result] if isinstance(result, list) else result


def of_version_1(results, about=ABOUT):
    """Return the record that version 1 of the format has of results."""
    results = map(before, results)
    head = json.dumps({"format": "symlstm audit, version 1", **about})[:-1] + ', "cases": ['
    lines = ["\n" + "," * bool(k) + json.dumps(result) for k, result in enumerate(results)]
    return f"{head}{''.join(lines)}\n]}}\n".encode()


def replaced(number, old, new):
    def damage(lines):
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)

    return damage


@st.composite
def changes(draw, content):
    """Return bytes of which some, or lines, are flipped, put in, left out, doubled or swapped."""
    lines = draw(st.booleans())
    parts = content.split(b"\n") if lines else [content[k : k + 1] for k in range(len(content))]
    first, second = sorted(draw(st.tuples(*[st.integers(0, len(parts) - 1)] * 2)))
    match draw(st.sampled_from(["flip", "insert", "delete", "delete all", "double", "swap"])):
        case "flip":
            changed = bytearray(parts[first] or b"x")
            changed[draw(st.integers(0, len(changed) - 1))] ^= 1 << draw(st.integers(0, 7))
            parts[first] = bytes(changed)
        case "insert":
            parts.insert(first, draw(st.binary(min_size=1, max_size=3)))
        case "delete":
            del parts[first]
        case "delete all":
            del parts[first : second + 1]
        case "double":
            parts[second:second] = parts[first : second + 1]
        case "swap":
            parts[first], parts[second] = parts[second], parts[first]
    return (b"\n" if lines else b"").join(parts)
