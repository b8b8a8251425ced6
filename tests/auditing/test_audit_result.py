"""What a result has to be: those that are measured are, and whatever else is read does no harm."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from records import ABOUT, case, judged_by

from symlstm.auditing.result import flaw, unlikeness
from symlstm.auditing.statistics import statistics
from symlstm.auditing.summary import summarised
from symlstm.auditing.table import table
from symlstm.numbers.floats import FORMATS, cut
from symlstm.numbers.ulps import ulp_distance


@settings(max_examples=200)
@given(data=st.data())
def test_what_is_measured_has_no_flaw(data):
    """In every format, of any shape, with zeros, infinities and NaNs."""
    format_ = FORMATS[data.draw(st.sampled_from(sorted(FORMATS)))]
    about = {"dtype": format_.name, "shape": data.draw(st.tuples(*[st.integers(1, 3)] * 3))}
    name = data.draw(
        st.sampled_from(["sequence_out", "layers[1].state_h", "gradient by inputs", "kernel"])
    )
    shape = tuple(data.draw(st.lists(st.integers(1, 3), max_size=3)))
    if name in ("sequence_out", "gradient by inputs"):
        shape = (*about["shape"][:2], data.draw(st.integers(1, 3)))
    floats = arrays(format_.dtype, shape)
    actual, reference = (np.asarray(cut(data.draw(floats), format_)) for _ in range(2))
    ulps = ulp_distance(actual, reference, format_.name)
    judged = (
        judged_by(ulps, data.draw(st.sampled_from([None, 4096])))
        if data.draw(st.booleans())
        else None
    )
    result = {"case": 0, "outputs": {name: statistics(name, actual, reference, ulps, judged)}}
    assert flaw(json.loads(json.dumps(result)), about) is None
    assert unlikeness(result, result) is None


WRONG = {
    "no result": (lambda r, o: [], "does not have the keys case and outputs alone"),
    "key": (lambda r, o: {**r, "line": 3}, "does not have the keys case and outputs alone"),
    "number": (lambda r, o: {**r, "case": -1}, "case is no number"),
    "truth": (lambda r, o: {**r, "case": True}, "case is no number"),
    "float": (lambda r, o: {**r, "case": 1.0}, "case is no number"),
    "huge": (lambda r, o: {**r, "case": 10**4000}, "case is no number"),
    "outputs": (lambda r, o: {**r, "outputs": {}}, "has no outputs"),
    "list": (lambda r, o: {**r, "outputs": [1]}, "has no outputs"),
    "output": (lambda r, o: {**r, "outputs": {"state_h": None}}, "'state_h': it does not have"),
    "undecided": (lambda r, o: {**r, "outputs": {"a": {"undecided": 3}}}, "undecided is no text"),
    "both": (lambda r, o: o.update(undecided="so"), "does not have the keys count, infinite"),
    "no steps": (lambda r, o: o.pop("steps"), "does not have the keys .* steps.* alone"),
    "count": (lambda r, o: o.update(count=1.5), "count is no whole number"),
    "negative": (lambda r, o: o.update(sum=-1), "sum is no whole number"),
    "nothing": (lambda r, o: o.update(count=0), "count and infinite are no number of numbers"),
    "endless": (lambda r, o: o.update(count=2**70), "count and infinite are no number of numbers"),
    "inf": (lambda r, o: o.update(worst="inf"), "worst does not fit infinite"),
    "not inf": (lambda r, o: o.update(infinite=1), "worst does not fit infinite"),
    "worst": (lambda r, o: o.update(worst=None), "worst does not fit infinite"),
    "small sum": (lambda r, o: o.update(sum=o["worst"] - 1), "sum does not fit count and worst"),
    "large sum": (lambda r, o: o.update(sum=31 * o["worst"]), "sum does not fit count and worst"),
    "other sum": (lambda r, o: o.update(sum=o["sum"] + 1), "sum is not that of the steps"),
    "other count": (lambda r, o: o.update(count=31), "count is not that of the steps"),
    "fewer steps": (lambda r, o: o["steps"].pop(), "steps are not 3"),
    "step": (lambda r, o: o["steps"][1].pop("sum"), "a step does not have the keys"),
    "step's sum": (lambda r, o: o["steps"][1].update(sum=-3), "sum is no whole number"),
    "uneven": (
        lambda r, o: (o["steps"][1].update(count=9), o["steps"][2].update(count=11)),
        "steps differ in how many",
    ),
    "worst of steps": (
        lambda r, o: [step.update(worst=min(step["sum"], o["worst"] - 1)) for step in o["steps"]],
        "worst is not that of the steps",
    ),
    "at": (lambda r, o: o.update(at={}), "at is no index"),
    "index": (lambda r, o: o.update(at=[0, -1, 0]), "at is no index"),
    "beyond": (lambda r, o: o.update(at=[1, 2, 5]), "at is beyond its numbers"),
    "sequence": (lambda r, o: o.update(at=[2, 0, 0]), "at is no sequence, step and entry"),
    "indices": (lambda r, o: o.update(at=[]), "at is no sequence, step and entry"),
    "elsewhere": (
        lambda r, o: o.update(at=[0, (o["at"][1] + 1) % 3, 0]),
        "at is not where worst is",
    ),
    "actual": (lambda r, o: o.update(actual="0x1.8p+0"), "worst is not between actual and refe"),
    "no float": (lambda r, o: o.update(actual="8x1.8p+0"), "worst is not between"),
    "no float32": (lambda r, o: o.update(actual=(0.1).hex()), "worst is not between"),
    "too large": (lambda r, o: o.update(actual=(1e300).hex()), "worst is not between"),
    "spelled": (lambda r, o: o.update(actual=f" {o['actual']}"), "worst is not between"),
    "spelling": (lambda r, o: o.update(reference=o["reference"].upper()), "worst is not between"),
    "no error": (lambda r, o: o.update(norm="-0x1p+0"), "norm is no number from zero on"),
    "error spelled": (lambda r, o: o.update(absolute="1"), "absolute is no number from zero on"),
    "no norm": (lambda r, o: o.pop("norm"), "does not have the keys .* norm.* alone"),
    "small norm": (lambda r, o: o.update(difference="0x1.0000000000000p-99"), "absolute does"),
    "tried": (lambda r, o: o.update(activation_ulp=5), "activation_ulp is no power of two"),
    "ulps": (lambda r, o: o.update(activation_ulp=[4]), "activation_ulp is no power of two"),
    "right": (lambda r, o: o.update(activation_ulp=4), "beyond and first do not fit together"),
    "coarser": (lambda r, o: o.update(coarser=[]), "coarser is no format"),
    "beyond all": (lambda r, o: o.update(beyond=31), "beyond is no number of numbers"),
    "beyond steps": (
        lambda r, o: o.update(beyond=o["beyond"] - 1),
        "beyond is not that of the ste",
    ),
    "explained": (lambda r, o: o.update(explained=-1), "explained is no distance"),
    "first": (lambda r, o: o.update(first=[0, 0, -1]), "first is no index"),
    "first beyond": (lambda r, o: o.update(first=[1, 2, 5]), "first is beyond its numbers"),
    "first sequence": (lambda r, o: o.update(first=[2, 0, 0]), "first is no sequence, step and"),
    "first step": (lambda r, o: o.update(first=[0, 3, 0]), "first is no sequence, step and entry"),
    "not first": (
        lambda r, o: (
            o["steps"][o["first"][1]].update(beyond=0)
            or o.update(beyond=sum(step["beyond"] for step in o["steps"]))
        ),
        "first is not where something is beyond",
    ),
    "none": (lambda r, o: o.update(reference=None), "worst is not between"),
    "larger": (
        lambda r, o: (
            o.update(worst=o["worst"] + 1, sum=o["sum"] + 1),
            o["steps"][o["at"][1]].update(worst=o["worst"], sum=o["steps"][o["at"][1]]["sum"] + 1),
        ),
        "worst is not between",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_is_said(what):
    result = case(0)
    change, message = WRONG[what]
    changed = change(result, result["outputs"]["sequence_out"])
    is_whole = (isinstance(changed, dict) and "outputs" in changed) or changed == []
    found = flaw(changed if is_whole else result, ABOUT)
    with pytest.raises(ValueError, match=message):
        raise ValueError(found)


def test_results_of_one_audit_are_alike():
    first, second = case(0), case(3)
    assert unlikeness(first, second) is None  # of the second one output is not decided
    second["outputs"].pop("state_h")
    assert "its outputs are not those" in unlikeness(second, first)
    third = case(0)
    third["outputs"]["state_h"]["at"].append(0)
    assert "'state_h' is not of the shape" in unlikeness(third, first)
    third = case(0)
    third["outputs"]["gradient by kernel"]["count"] += 1
    assert "'gradient by kernel' is not of the shape" in unlikeness(third, first)


def values(result):
    """Yield where each value is in a result: what holds it, and its key or index there."""
    for key in result if isinstance(result, dict) else range(len(result)):
        yield result, key
        if isinstance(result[key], dict | list):
            yield from values(result[key])


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["inf", "nan", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=500)
@given(data=st.data())
def test_whatever_has_no_flaw_can_be_summed_up(data):
    result = copy.deepcopy(case(data.draw(st.integers(0, 3))))
    for _ in range(data.draw(st.integers(1, 2))):
        places = list(values(result))
        holder, key = places[data.draw(st.integers(0, len(places) - 1))]
        holder[key] = data.draw(ANY)
    if flaw(result, ABOUT) is None:
        summary = summarised([case(1), result])
        assert table(ABOUT, 2, summary.values())


@given(value=ANY)
def test_whatever_is_no_result_has_a_flaw(value):
    assert isinstance(flaw(value, ABOUT), str)
    assert isinstance(flaw({"case": 0, "outputs": value}, ABOUT), str)
