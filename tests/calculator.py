"""A pocket calculator's user, in Python's decimals: the oracle of the decimal algebra.

Sums and products are exact in a context of 300 digits; functions are mpmath's, of 60.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import mpmath
from hypothesis import strategies as st
from oracles import TRANSCENDENTAL

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
WIDE = Context(prec=300)
SLOPES = {
    "sigmoid'": lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2,
    "tanh'": lambda z: 1 - mpmath.tanh(z) ** 2,
}
GATES = ("i", "f", "c", "o")


@dataclass(frozen=True)
class Calculator:
    """Rounds to so many digits, or to so many decimals."""

    digits: int | None = None
    decimals: int | None = None
    rounding: str = "half_up"

    @property
    def options(self):
        given = {"digits": self.digits, "decimals": self.decimals, "rounding": self.rounding}
        return {name: value for name, value in given.items() if value is not None}

    def round(self, value):
        """Return a Decimal, or a Fraction, as a rounded Decimal."""
        if isinstance(value, Fraction):
            value = WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
        if self.digits is not None:
            return Context(self.digits, MODES[self.rounding]).plus(value)
        return value.quantize(Decimal(1).scaleb(-self.decimals), MODES[self.rounding], WIDE)

    def function(self, name, z):
        """Return a function that is not rational; 50 digits are enough to see what is exact."""
        function = {**TRANSCENDENTAL, **SLOPES}[name]
        z = Fraction(z)
        with mpmath.workdps(70):
            value = function(mpmath.mpf(z.numerator) / z.denominator)
            return self.round(Decimal(mpmath.nstr(value, 50)))

    def total(self, *products):
        """Return a sum of products, rounded once."""
        total = Decimal(0)
        for a, b in products:
            total = WIDE.fma(a, b, total)
        return self.round(total)

    def forward(self, kernel, recurrent, bias, inputs, state):
        """Step through an LSTM; weights are as Keras stacks them. Returns dicts of lists."""
        h, c = state
        units, steps = len(h), []
        for x in inputs:
            columns = list(zip(*kernel, *recurrent, [*bias], strict=True))
            z = [self.total(*zip(column, [*x, *h, Decimal(1)], strict=True)) for column in columns]
            z = [z[k * units : (k + 1) * units] for k in range(4)]
            names = ("sigmoid", "sigmoid", "tanh", "sigmoid")
            i, f, g, o = (
                [self.function(name, v) for v in part] for name, part in zip(names, z, strict=True)
            )
            c = [self.total((f[k], c[k]), (i[k], g[k])) for k in range(units)]
            h = [self.total((o[k], self.function("tanh", c[k]))) for k in range(units)]
            named = dict(zip(("z_i", "z_f", "z_c_tilde", "z_o"), z, strict=True))
            steps.append({**named, "i": i, "f": f, "c_tilde": g, "o": o, "c": c, "h": h})
        return steps

    def backward(self, kernel, recurrent, inputs, state, steps):
        """Backpropagate the last h of one unit; returns the adjoints by step, from 0, as dicts."""
        values = [{n: v[0] for n, v in step.items()} for step in steps]
        values = [{"h": state[0][0], "c": state[1][0]}, *values]
        one, after, next_f = Decimal(1), {}, Decimal(0)
        adjoints = []
        for t in range(len(steps), 0, -1):
            now, before, x = values[t], values[t - 1], inputs[t - 1][0]
            handed = [(u, after[f"z_{g}"]) for g, u in self._by_gate(recurrent)] if after else []
            new = {"h": self.total((one, one)) if not handed else self.total(*handed)}
            new["o"] = self.total((new["h"], self.function("tanh", now["c"])))
            share = WIDE.multiply(now["o"], self.function("tanh'", now["c"]))
            ahead = [(next_f, after["c"])] if after else []
            new["c"] = self.total((new["h"], share), *ahead)
            new["f"] = self.total((new["c"], before["c"]))
            new["i"] = self.total((new["c"], now["c_tilde"]))
            new["c_tilde"] = self.total((new["c"], now["i"]))
            for gate, name in (("i",) * 2, ("f",) * 2, ("c_tilde",) * 2, ("o",) * 2):
                slope = "tanh'" if gate == "c_tilde" else "sigmoid'"
                new[f"z_{gate}"] = self.total((new[name], self.function(slope, now[f"z_{gate}"])))
            new["x"] = self.total(*((w, new[f"z_{g}"]) for g, w in self._by_gate(kernel)))
            for letter, factor in (("W", x), ("U", before["h"]), ("b", one)):
                for short, gate in zip(GATES, ("i", "f", "c_tilde", "o"), strict=True):
                    name = f"{letter}_{short}"
                    later = after.get(name, Decimal(0))
                    new[name] = self.total((one, later), (new[f"z_{gate}"], factor))
            adjoints.insert(0, new)
            after, next_f = new, now["f"]
        handed = [(u, after[f"z_{g}"]) for g, u in self._by_gate(recurrent)]
        start = {"h": self.total(*handed), "c": self.total((next_f, after["c"]))}
        return [start, *adjoints]

    @staticmethod
    def _by_gate(matrix):
        return zip(("i", "f", "c_tilde", "o"), matrix[0], strict=True)


MOST = 25
modes = st.sampled_from(sorted(MODES))
calculators = st.builds(Calculator, st.integers(1, MOST), st.none(), modes)
calculators |= st.builds(Calculator, st.none(), st.integers(0, MOST), modes)
decimals = st.decimals(-4, 4, allow_nan=False, allow_infinity=False, places=3)
