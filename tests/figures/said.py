"""What a label of a figure says, read as numbers, beside the value that a trace has."""

import re
from fractions import Fraction

from symlstm.numbers.exact import Interval, real

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
POWER = re.compile(r"(.*)×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
BETWEEN = re.compile(r", (?![^\[]*\])")
ELIDED = re.compile(r"(-?\d+)…(\d+) \[(\d+) digits\]")


def ends(entry):
    """Return the ends between which an entry of a trace is, as Fractions."""
    known = real(entry)
    pair = (known.low, known.high) if isinstance(known, Interval) else (known, known)
    return tuple(Fraction(int(end.p), int(end.q)) for end in pair)


def number(text):
    """Return the number that a text is, and half a unit of its last digit."""
    power = POWER.fullmatch(text)
    digits, exponent = (power[1], int(power[2].translate(SUPERSCRIPTS))) if power else (text, 0)
    scale = Fraction(10) ** exponent
    half = scale / 10 ** len(digits.partition(".")[2]) / 2
    return Fraction(digits) * scale, 0 if "/" in digits else half


def says(text, entry, *, exactly):
    """Say whether a text is true of an entry: it, its rounding, or an interval around it."""
    text, (low, high) = text.replace("−", "-"), ends(entry)
    if "…" in text:
        above, _, below = text.partition("/")
        return abbreviates(above, low.numerator) and abbreviates(below or "1", low.denominator)
    if text.startswith("["):
        first, last = (number(end)[0] for end in text.strip("[]").split(", "))
        return first <= low and high <= last
    value, half = number(text)
    return low == high == value if exactly else value - half <= low and high <= value + half


def abbreviates(text, whole):
    """Say whether a text is a whole number, or its first digits, its last ones, and their count."""
    elided = ELIDED.fullmatch(text)
    if elided is None:
        return int(text) == whole
    start, end, count = elided.groups()
    digits = str(whole)
    whole_of_it = digits.startswith(start) and digits.endswith(end)
    return whole_of_it and len(str(abs(whole))) == int(count)


def listed(value):
    """Return the entries of a whole value, as ``data-value`` has it."""
    return BETWEEN.split(value[1:-1] if value.startswith("(") else value)


def parted(texts):
    """Return the sign that stands in a label, = where there is none, and its entries."""
    together = "\n".join(texts)
    relation = next((sign for sign in "=≈∈" if sign in together), "=")
    entries = together.rpartition(relation)[2].split("\n")
    return relation, [entry.strip() for entry in entries if entry.strip()]


def wrong(shown, entries, *, exact, rounds=False):
    """Yield what is wrong with a label of a value with these entries.

    ``exact`` says that the value is known exactly, and ``rounds`` that it was rounded to be so.
    """
    flat, whole = list(entries.flat), listed(shown.value)
    if len(whole) != len(flat):
        yield f"{shown} has {len(whole)} values, not {len(flat)}"
    elif not all(says(w, e, exactly=exact) for w, e in zip(whole, flat, strict=True)):
        yield f"{shown} is not {flat}"
    relation, texts = parted(shown.texts)
    if "⋮" in texts:
        place = texts.index("⋮")
        texts, flat = texts[:place] + texts[place + 1 :], [*flat[:place], flat[-1]]
    if not all(says(text, e, exactly=relation == "=") for text, e in zip(texts, flat, strict=True)):
        yield f"{shown} says {relation} {texts}, and the value is {flat}"
    intervals = any(text.startswith("[") for text in texts)
    if intervals != (relation == "∈"):
        yield f"{shown} says {relation}"
    pairs = list(zip(texts, flat, strict=True))
    rounded = any(isinstance(e, float) or not says(t, e, exactly=True) for t, e in pairs)
    if relation == "≈" and not (rounded or rounds):
        yield f"{shown} is exact, and says ≈"
    if exact and f"= {shown.value}" not in shown.title:
        yield f"{shown} is exact, and its title does not say so"
