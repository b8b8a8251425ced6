"""What is stacked comes apart again, however it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symlstm import LAYOUTS
from symlstm.cells.stacking import Stack, side_by_side

FORMS = [{}, {"columns": True}, {"interleaved": True}, {"apart": True}, {"leading": 2},
         {"interleaved": True, "columns": True, "leading": 1}]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=str)
@given(
    gates=st.integers(1, 5),
    units=st.integers(1, 4),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
def test_split_is_the_other_way_round(form, gates, units, sizes):
    names = tuple(f"g{k}" for k in range(gates))
    for widths in ([(size,) for size in sizes], [() for _ in sizes]):
        stack = Stack("a", tuple("WUV"[: len(widths)]), names, **form)
        shapes = [(units, *width) for width in widths for _ in names]
        parts = [
            np.arange(np.prod(shape)).reshape(shape) * (k + 1) + k for k, shape in enumerate(shapes)
        ]
        whole = stack.join(parts)
        assert whole.shape == stack.shape(shapes)
        again = stack.split(whole, shapes)
        assert all(np.array_equal(*pair) for pair in zip(again, parts, strict=True))
        assert len(stack.weights) == len(parts)


def test_entries_stand_where_the_form_says():
    one, two = np.array([[1], [2]]), np.array([[3], [4]])
    rows = Stack("a", ("W",), ("i", "f")).join([one, two])
    assert rows.ravel().tolist() == [1, 2, 3, 4]
    mixed = Stack("a", ("W",), ("i", "f"), interleaved=True).join([one, two])
    assert mixed.ravel().tolist() == [1, 3, 2, 4]
    assert Stack("a", ("W",), ("i", "f"), apart=True).join([one, two]).shape == (2, 2, 1)
    assert side_by_side("kernel", "W", "if").join([one, two]).tolist() == [[1, 2, 3, 4]]
    seen = Stack("a", ("W", "U"), ("i",)).join([one, two])
    assert seen.tolist() == [[1, 3], [2, 4]]
    ends = Stack("a", ("b", "b"), ("i",)).join([one[:, 0], two[:, 0]])
    assert ends.tolist() == [1, 2, 3, 4]


NORMALISED = ("gamma_i", "gamma_f", "gamma_c", "gamma_o", "g", "beta")
FURTHER = {
    "ifco": ("p_i", "p_f", "p_o", "P", "q", *NORMALISED),
    "fco": ("p_f", "p_o", "P", "q"),
    "zrh": ("d_h",),
    "zra": (),
    "fn": ("d_n",),
    "gh": (),
    "y": (),
}
"""What there may be beside W, U and b of all gates of a kind of cell."""
KINDS = [(name, kind) for name, layout in LAYOUTS.items() for kind in layout.gated]


@pytest.mark.parametrize(("layout", "stacks"), KINDS, ids=str)
def test_a_layout_has_each_array_once_and_every_gate(layout, stacks):
    arrays = {(stack.name, frozenset(stack.all_letters)) for stack in stacks}
    assert len(arrays) == len(stacks)
    held = {name for stack in stacks for name in stack.weights}
    gates = {gate for stack in stacks for gate in stack.gates if gate}
    (others,) = (rest for known, rest in FURTHER.items() if set(known) == gates)
    letters = "Wb" if gates == {"y"} else "WUb"  # a dense layer remembers nothing
    assert {f"{letter}_{gate}" for letter in letters for gate in gates} <= held
    assert held - set(others) <= {f"{letter}_{gate}" for letter in letters for gate in gates}
    assert all(LAYOUTS[layout].canonical(stack.name) == stack.name for stack in stacks)
