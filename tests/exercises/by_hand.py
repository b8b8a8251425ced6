"""LSTMs and a GRU in plain fractions, in which someone may write down another value: the oracle.

A calculation is a list of (name, value) in the order of computation. ``slips`` has what is added
to a value, by name; what comes after goes on with that.
"""

from fractions import Fraction

GATES = ("i", "f", "c", "o")


class Calculation:
    """Values by name, as they are written down."""

    def __init__(self, slips=None):
        self.slips = slips or {}
        self.written = {}

    def write(self, name, value):
        self.written[name] = value + self.slips.get(name, 0)
        return self.written[name]


def lstm(weights, inputs, slips=None):
    """Return all values of a linear LSTM of one unit, and of its backward pass from h at the end.

    ``weights`` has three numbers for each gate, of the input, of h and the bias.
    """
    by_hand = Calculation(slips)
    write = by_hand.write
    h, c = {0: Fraction(0)}, {0: Fraction(0)}
    gates = {}
    for t, x in enumerate(inputs, start=1):
        for gate, name in zip(GATES, ("i", "f", "c_tilde", "o"), strict=True):
            W, U, b = weights[gate]
            gates[name, t] = write(f"{name}_{t}", W * x + U * h[t - 1] + b)
        c[t] = write(f"c_{t}", gates["f", t] * c[t - 1] + gates["i", t] * gates["c_tilde", t])
        h[t] = write(f"h_{t}", gates["o", t] * c[t])
    backward(by_hand, weights, inputs, gates, (h, c))
    return by_hand.written


def backward(by_hand, weights, inputs, gates, states):
    """Write the gradients of the last output, called as they are in an answer file."""
    h, c = states
    last, write = len(inputs), lambda name, value: by_hand.write(f"gradient by {name}", value)
    delta = {(gate, last + 1): Fraction(0) for gate in GATES}
    c_bar = {last + 1: Fraction(0)}
    forget = {last + 1: Fraction(0)}
    for t in range(last, 0, -1):
        forget[t] = gates["f", t]
        later = sum(weights[gate][1] * delta[gate, t + 1] for gate in GATES)
        h_bar = write(f"h_{t}", int(t == last) + later)
        c_bar[t] = write(f"c_{t}", h_bar * gates["o", t] + c_bar[t + 1] * forget[t + 1])
        shares = {
            "o": h_bar * c[t],
            "c": c_bar[t] * gates["i", t],
            "f": c_bar[t] * c[t - 1],
            "i": c_bar[t] * gates["c_tilde", t],
        }
        for gate, share in shares.items():
            name = "c_tilde" if gate == "c" else gate
            delta[gate, t] = write(f"z_{name}_{t}", share)
        write(f"x_{t}", sum(weights[gate][0] * delta[gate, t] for gate in GATES))
    write("h_0", sum(weights[gate][1] * delta[gate, 1] for gate in GATES))
    write("c_0", c_bar[1] * forget[1])
    steps = range(1, last + 1)
    for gate in GATES:
        write(f"W_{gate}", sum(delta[gate, t] * inputs[t - 1] for t in steps))
        write(f"U_{gate}", sum(delta[gate, t] * h[t - 1] for t in steps))
        write(f"b_{gate}", sum(delta[gate, t] for t in steps))


def gru(weights, inputs, units, slips=None):
    """Return the values of a linear GRU, each a list of one number for each unit.

    ``weights`` has a column, a matrix and a bias for each of z, r and h.
    """
    by_hand, h = Calculation(), [Fraction(0)] * units
    slips = slips or {}

    def write(name, value):
        by_hand.written[name] = [
            a + b for a, b in zip(value, slips.get(name, [0] * units), strict=True)
        ]
        return by_hand.written[name]

    def weighed(gate, x, state):
        W, U, b = weights[gate]
        rows = range(units)
        return [W[k] * x + sum(U[k][j] * state[j] for j in rows) + b[k] for k in rows]

    for t, x in enumerate(inputs, start=1):
        z = write(f"z_{t}", weighed("z", x, h))
        r = write(f"r_{t}", weighed("r", x, h))
        reset = [a * b for a, b in zip(r, h, strict=True)]
        new = write(f"h_tilde_{t}", weighed("h", x, reset))
        parts = zip(z, h, new, strict=True)
        h = write(f"h_{t}", [a * old + (1 - a) * fresh for a, old, fresh in parts])
    return by_hand.written
