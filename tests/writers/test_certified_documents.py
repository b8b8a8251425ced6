"""Hand calculations of balls: every decimal is proven, and every sign claims what is proven."""

import re
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import links, statements

import symlstm
from symlstm import LSTM, PeepholeLSTM, SimpleRNN, hand_calculation
from symlstm.errors import NotExactError
from symlstm.notation import ENCLOSED, EXACT, PLAIN, ROUNDED, Token, text
from symlstm.writers.line import Line

mp = mpmath.mp.clone()
mp.dps = 60

DECIMAL = re.compile(r"-?\d+\.\d+(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|-?\d+")
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def layer_of(weights, units=1, **options):
    kernel, recurrent, bias = weights
    return LSTM(units, **options).bind(kernel=kernel, recurrent_kernel=recurrent, bias=bias)


def significant(decimal):
    return len(decimal.partition("×")[0].replace(".", "").lstrip("-0"))


def as_text(value, digits):
    """Return a number of mpmath's as a page prints it, rounded once from 60 digits."""
    with mp.workdps(digits):
        exponent = int(mp.floor(mp.log10(abs(+value))))
    scaled = int(mp.nint(abs(value) * mp.mpf(10) ** (digits - 1 - exponent)))
    shown = f"{'-' if value < 0 else ''}{scaled}e{exponent - digits + 1}"
    return Fraction(shown)


def read(shown):
    base, _, power = shown.partition("×10")
    return Fraction(f"{base}e{power.translate(SUPERSCRIPTS) or 0}")


@given(st.integers(0, 2**32), st.integers(3, 14))
@settings(max_examples=25)
def test_every_value_is_the_nearest_decimal_of_so_many_digits(seed, digits):
    rng = np.random.default_rng(seed)
    kernel, recurrent, bias = rng.normal(size=(3, 4)) * 2
    x = float(rng.normal())
    layer = layer_of((kernel[None], recurrent[None], bias))
    page = hand_calculation(layer.run([x], algebra="ball", digits=digits), "terminal")
    z = [mp.mpf(x) * mp.mpf(kernel[k]) + mp.mpf(bias[k]) for k in range(4)]
    i, f, o = (1 / (1 + mp.exp(-z[k])) for k in (0, 1, 3))
    g = mp.tanh(z[2])
    true = {"i": i, "f": f, "c̃": g, "o": o, "c": i * g, "h": o * mp.tanh(i * g)}
    told = {statement.partition(" ")[0]: statement for statement in statements(page)}
    for name, value in true.items():
        (sign, shown) = links(told[f"{name}_1"])[-1]
        assert sign == "≈"
        assert significant(shown) == digits
        assert read(shown) == as_text(value, digits), name


@pytest.mark.parametrize("units", [1, 2])
def test_what_holds_a_rounded_number_is_near_and_all_else_is_equal(units):
    """Exact decimals here have fewer digits than rounded ones, which tells them apart."""
    cell = PeepholeLSTM(units, recurrent_activation="hard_sigmoid")
    layer = cell.bind(kernel="1/2", recurrent_kernel=-1, bias=0.1, peephole="1/3")
    trace = layer.run([1, -2, "1/4"], algebra="ball", digits=7)
    signs = []
    for subject in (trace, trace.backward()):
        page = hand_calculation(subject, "terminal", closed_form_size=0)
        for statement in statements(page.partition("Given")[2]):
            for item in re.split(r", (?=\S+ [=≈∈] )", statement):
                for sign, link in links(item):
                    rounded = any(significant(d) >= 7 for d in DECIMAL.findall(link) if "." in d)
                    assert sign == ("≈" if rounded else "="), item
                    signs.append(sign)
    assert signs.count("≈") > 50 < signs.count("=")


def test_short_numbers_stay_what_they_are_and_long_ones_are_rounded():
    layer = layer_of(([["1/3", 0.1, "0.1", 12]], 0, [0, "1e-9", "355/113", "123456789012"]))
    page = hand_calculation(layer.run([1], algebra="ball", digits=6), "terminal")
    assert "W_i = 1/3, W_f ≈ 0.100000, W_c = 0.1, W_o = 12" in page
    assert "b_i = 0, b_f = 1×10⁻⁹, b_c = 355/113, b_o ≈ 1.23457×10¹¹" in page
    latex = hand_calculation(layer.run([1], algebra="ball", digits=6), "latex")
    assert r"W_f \approx 0.100000,\quad W_c = 0.1" in latex
    assert r"b_o \approx 1.23457 \times 10^{11}" in latex
    assert r"\sigma(x) &= \frac{1}{1 + e^{- x}}" in latex


def test_what_is_rounded_never_looks_like_an_integer():
    """123.4 to three digits is 1.23×10², since an integer is exact."""
    layer = LSTM(1, activation=None).bind(kernel=100, recurrent_kernel=0, bias=0)
    page = hand_calculation(layer.run(["1.234"], algebra="ball", digits=3), "terminal")
    assert "≈ 1.23×10²" in page
    assert "123 " not in page.replace("1.23", "").replace("0.123", "")


@pytest.mark.parametrize("format_", ["latex", "markdown", "terminal"])
def test_the_page_says_near_its_beginning_what_its_decimals_are(format_):
    trace = layer_of((1, 1, 0)).run([1], algebra="ball", digits=12)
    page = " ".join(hand_calculation(trace, format_).split())
    mark = page.index("Certified digits")
    assert mark < page.index("The cell")
    assert "Decimals with 12 significant digits are rounded" in page
    assert f"proven by ball arithmetic (Arb) at {trace.algebra.precision} bits" in page
    assert "Here, too, decimals with 12 significant digits are rounded." in page
    assert "interval" not in page
    exact = LSTM(1, activation=None, recurrent_activation=None)
    plain = exact.bind(kernel=1, recurrent_kernel=1, bias=0).run([1])
    assert "ertified" not in hand_calculation(plain, format_)


@given(st.integers(0, 2**32))
@settings(max_examples=25)
def test_printed_enclosures_contain_what_every_point_comes_to(seed):
    rng = np.random.default_rng(seed)
    cell = SimpleRNN(1, activation="softsign")
    names = "kernel", "recurrent_kernel", "bias"
    middles = {name: Fraction(int(rng.integers(-9, 10)), 3) for name in names}
    width = Fraction(1, int(10 ** rng.integers(0, 12)))
    box = {name: symlstm.interval(middle, width) for name, middle in middles.items()}
    page = hand_calculation(cell.bind(**box).run([1, -2], algebra="ball", digits=9), "terminal")
    told = {statement.partition(" ")[0]: statement for statement in statements(page)}
    for signs in [(0, 0, 0), (1, 1, 1), (-1, 1, 1), (1, -1, -1)]:
        point = {
            name: middle + sign * width
            for (name, middle), sign in zip(middles.items(), signs, strict=True)
        }
        for step, value in enumerate(cell.bind(**point).run([1, -2]).sequence_out, start=1):
            assert holds(*links(told[f"h_{step}"])[-1], Fraction(int(value.p), int(value.q)))


def holds(sign, shown, value):
    """Whether what a page says of a value is true of this one."""
    if shown == "(-∞, ∞)":
        return sign == "∈"
    if sign == "∈":
        low, high = map(read, shown.strip("[]").split(", "))
        return low <= value <= high
    decimal = read(shown)
    first = Decimal(f"{float(abs(decimal)):e}").adjusted()
    distance = abs(value - decimal)
    half = Fraction(10) ** (first - significant(shown) + 1) / 2
    return distance == 0 if sign == "=" else distance <= half


def test_an_enclosure_follows_formulas_alone():
    """For what is near to a value, or encloses it in another way, an enclosure claims nothing."""
    layer = layer_of((symlstm.interval([["1/2"] * 4], "0.01"), 1, [0, 0, 0.1, 0]))
    page = hand_calculation(layer.run([1, 1], algebra="ball").backward(), "terminal")
    for statement in statements(page):
        for item in re.split(r", (?=\S+ [=≈∈] )", statement):
            found = [sign for sign, _ in links(item)]
            assert "∈" not in found[:-1]
            assert "≈" not in found or "∈" not in found
    assert "W_i ∈ [0.49, 0.51], W_f ∈ [0.49, 0.51]" in page
    assert "i_1 = σ(W_i x_1 + U_i h_0 + b_i) ∈ [0.62" in page
    assert "A given interval stands for every number in it" in " ".join(page.split())


def test_a_matrix_encloses_as_a_whole():
    """A rounded entry lies in nothing: in a matrix with intervals, all entries are enclosed."""
    layer = SimpleRNN(2).bind(kernel=[["1 ± 0.01", 1]], recurrent_kernel=0, bias=0)
    page = hand_calculation(layer.run([1], algebra="ball", digits=8), "terminal")
    assert "W ∈ [[0.99, 1.01]; 1]" in page
    assert re.search(r"∈ \[\[0.757\d, 0.76\d\d\]; \[0.76159415, 0.76159416\]\]", page)


def test_enclosures_can_say_nothing_and_say_so():
    layer = SimpleRNN(1, activation="softsign").bind(
        kernel="0 ± 1e30", recurrent_kernel="0 ± 1e30", bias="0 ± 1e30"
    )
    page = hand_calculation(layer.run([1, 1, 1], algebra="ball"), "terminal")
    assert "∈ (-∞, ∞)" in page or "∈ [-" in page


def test_a_tie_that_no_precision_decides_is_enclosed():
    """0.0625 = 1/2 · 1/8 has no nearest decimal of two digits; a ball cannot tell that it is so."""
    layer = SimpleRNN(1, activation="hard_sigmoid", use_bias=False)
    trace = layer.bind(kernel="-2.625", recurrent_kernel=0).run([1], algebra="ball", digits=2)
    page = " ".join(hand_calculation(trace, "terminal").split())
    assert "∈ [0.062, 0.063]" in page
    assert "Where so many digits cannot be proven" in page


def test_batches_are_summed_at_the_precision_of_the_run():
    layer = layer_of((1, 1, 0))
    trace = layer.run([[[1], [2]], [[3], [4]]], algebra="ball", digits=25)
    gradients = trace.backward()
    page = hand_calculation(gradients, "terminal")
    shown = links(next(s for s in statements(page) if s.startswith("W̄_i = W̄_i^")))[-1]
    assert shown[0] == "≈"
    digits = gradients["W_i"][0, 0].mid().str(40, radius=False)
    assert abs(read(shown[1]) - Fraction(digits)) < Fraction(1, 10**24)


def test_a_state_jacobian_has_the_digits_of_its_trace():
    trace = layer_of((1, "1/3", 0), units=2).run([1, 2, 3], algebra="ball", digits=40)
    jacobian = trace.state_jacobian("c")
    for matrix in (jacobian.alone(), jacobian.total(), jacobian.through_others()):
        assert all(entry.rel_accuracy_bits() > 130 for entry in matrix.flat if entry != 0)
    page = hand_calculation(trace, "terminal", state_jacobian="c")
    assert "From the last step to each one before, certified:" in page


def test_floats_are_neither_exact_nor_certified():
    trace = layer_of((1, 1, 0)).run([1], algebra="float")
    with pytest.raises(NotExactError, match=r"exact values or certified digits.*algebra='ball'"):
        hand_calculation(trace)


@pytest.mark.slow
@pytest.mark.latex
@pytest.mark.parametrize("width", ["0", "0.001"])
def test_pages_of_decimals_and_intervals_compile_within_the_margins(compile_latex, width):
    rng = np.random.default_rng(0)
    kernel = symlstm.interval(rng.normal(size=(2, 8)), width)
    layer = LSTM(2, 2).bind(kernel=kernel, recurrent_kernel="1/7", bias=0.1)
    inputs = rng.normal(size=(2, 2, 2))
    gradients = layer.run(inputs, algebra="ball", digits=10).backward()
    log = compile_latex(hand_calculation(gradients, "latex", state_jacobian="c"))
    overfull = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(overfull, default=0) <= 10


def test_lines_take_the_sign_of_their_numbers_unless_they_have_another():
    links_ = [[Token("a", 1, certainty=certain)] for certain in (EXACT, ROUNDED, ENCLOSED)]
    line = Line([Token("x", 1)], tuple(links_))
    assert "".join(text(row) for row in line.rows(80, PLAIN)) == " = a ≈ a ∈ a"
    other = Line([Token("x", 1)], tuple(links_[1:]), PLAIN.becomes)
    assert "".join(text(row) for row in other.rows(80, PLAIN)) == " ← a ∈ a"


def test_what_comes_from_the_loss_is_told_as_it_was_given():
    trace = layer_of((1, 1, 0)).run([1, 2], algebra="ball", digits=5)
    page = hand_calculation(trace.backward(grad_sequence="1/3"), "terminal")
    assert "Δ_{h,2} = 1/3\n" in page
    assert "h̄_2 = Δ_{h,2} = 1/3" in page
