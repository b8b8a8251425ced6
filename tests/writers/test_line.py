from hypothesis import given
from hypothesis import strategies as st

from symlstm.notation import PLAIN, Token, text, width
from symlstm.writers.line import Line


def tokens(levels):
    return [Token(f"<{k}>", 3, level=level) for k, level in enumerate(levels)]


links = st.lists(st.lists(st.none() | st.integers(-1, 4), min_size=1, max_size=12), min_size=1)


@given(links, st.integers(3, 60))
def test_breaking_loses_nothing_and_fits_where_it_can(levels, room):
    line = Line([Token("x", 1)], tuple(map(tokens, levels)), PLAIN.equals)
    rows = line.rows(room, PLAIN)
    bare = [[token for token in row if token is not PLAIN.indent] for row in rows]
    assert text([t for row in bare for t in row]) == "".join(
        " = " + text(tokens(one)) for one in levels
    )
    for row in bare:
        breakable = [t for t in row[1:] if t.level is not None or t is PLAIN.equals]
        assert width(row) <= room or not breakable


def test_the_outermost_operators_break_first():
    parts = [Token("a", 10), Token(" + ", 3, level=0), Token("b", 10), Token(" · ", 3, level=1),
             Token("c", 10)]  # fmt: skip
    rows = Line([], (parts,), PLAIN.equals).rows(30, PLAIN)
    assert [text(row) for row in rows] == [" = a", "   + b · c"]


def test_brackets_within_brackets_break_however_deep_they_are():
    deep = [Token(f"({k}", 4, level=k) for k in range(1500)] + [Token(")", 1)] * 1500
    rows = Line([], (deep,), PLAIN.equals).rows(20, PLAIN)
    bare = [[token for token in row if token is not PLAIN.indent] for row in rows]
    assert text([token for row in bare for token in row]) == " = " + text(deep)
    assert [text(row) for row in bare[:3]] == [" = ", "(0", "(1"]
