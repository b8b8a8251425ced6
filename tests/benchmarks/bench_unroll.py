"""Symbols: graphs that grow with the steps, and closed forms over plain SymPy and SymEngine."""

from functools import partial
from importlib import import_module
from importlib.util import find_spec

from measuring import Measurement, Prepared
from sympy.core.cache import clear_cache

from symlstm import LSTM
from symlstm.errors import TooLargeError

SHORT, LONG, CLOSED = 200, 2000, 3
WHOLE = 10**6
"""How many nodes a closed form of few steps may have."""


def linear(ask, make):
    """Return what is asked of long traces and of short ones: what it has found, a trace keeps."""
    return lambda: {
        f"T = {steps:,}": Prepared(partial(make, steps), ask) for steps in (LONG, SHORT)
    }


def refusal(ask, make):
    """Return what is asked of a long trace, which refuses it."""

    def refused(trace):
        try:
            ask(trace)
        except TooLargeError:
            return
        raise AssertionError("a closed form of 10^1900 nodes was built")

    return lambda: {"symlstm": Prepared(partial(make, LONG), refused)}


class Plain:
    """A cell of one unit in symbols, as one would write it in SymPy or SymEngine."""

    def __init__(self, library):
        self.library = library
        symbols = {
            gate: [library.Symbol(f"{kind}_{gate}", real=True) for kind in "WUb"] for gate in "ifco"
        }
        self.symbols = symbols
        self.weights = [weight for each in symbols.values() for weight in each]

    def gate(self, gate, x, h):
        W, U, b = self.symbols[gate]
        z = W * x + U * h + b
        return self.library.tanh(z) if gate == "c" else 1 / (1 + self.library.exp(-z))

    def last(self, steps):
        h = c = self.library.Integer(0)
        for step in range(1, steps + 1):
            x = self.library.Symbol(f"x_{step}", real=True)
            i, f, candidate, o = (self.gate(gate, x, h) for gate in "ifco")
            c = f * c + i * candidate
            h = o * self.library.tanh(c)
        return h

    def gradients(self, steps):
        h = self.last(steps)
        return [h.diff(weight) for weight in self.weights]


def closed():
    trace = LSTM(1).unroll(CLOSED, max_size=WHOLE)
    return trace[CLOSED].h


def all_gradients():
    gradients = LSTM(1).unroll(CLOSED, max_size=WHOLE).backward()
    return [gradients[group] for group in gradients.cell.groups]


def peers(ours, method):
    """Return ours and those of plain SymPy and SymEngine; what SymPy has kept, it forgets first."""

    def side(call, *arguments):
        return Prepared(clear_cache, lambda _: call(*arguments))

    def sides():
        found = {"symlstm": side(ours)}
        for name, library in {"SymPy": "sympy", "SymEngine": "symengine"}.items():
            installed = find_spec(library) is not None
            found[name] = side(method, Plain(import_module(library)), CLOSED) if installed else None
        return found

    return sides


cell = LSTM(2)
MEASUREMENTS = [
    Measurement("unroll, units 2", linear(cell.unroll, int), bound=11, rounds=3, small=True),
    Measurement(
        "size, units 2",
        linear(lambda trace: trace.size("h", len(trace)), cell.unroll),
        bound=11,
        rounds=3,
    ),
    Measurement(
        "gradients, units 2",
        linear(lambda trace: trace.backward(), cell.unroll),
        bound=11,
        rounds=3,
    ),
    Measurement(
        "refusal of trace[2000].h", refusal(lambda trace: trace[LONG].h, cell.unroll), bound=1
    ),
    Measurement(
        "refusal of gradients.kernel",
        refusal(lambda found: found.kernel, lambda steps: cell.unroll(steps).backward()),
        bound=1,
        rounds=1,
    ),
    Measurement(f"closed form of h_T, T = {CLOSED}", peers(closed, Plain.last)),
    Measurement(f"gradients in closed form, T = {CLOSED}", peers(all_gradients, Plain.gradients)),
]
