"""Cells as a user writes them, without a line about drawing."""

from typing import ClassVar

from symlstm.expression import Quantity, add, hadamard, multiply, ones, scale, subtract

from symlstm import Cell, Equation, GatedCell
from symlstm.equations.vocabulary import above, mean


class GRU(GatedCell):
    """Cho et al. (2014), as a user writes it: what the package's own is compared with."""

    def define(self):
        z, r, h_tilde, h = map(self.vector, ("z", "r", "h_tilde", "h"))
        reset = hadamard(r, h.previous)
        candidate = add(multiply(self.W("h"), self.x), multiply(self.U("h"), reset), self.b("h"))
        new = hadamard(subtract(ones(z), z), h_tilde)
        return (
            Equation(z, self.sigma(self.weighted("z"))),
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(h_tilde, self.phi(candidate)),
            Equation(h, add(hadamard(z, h.previous), new)),
        )


class IndRNN(Cell):
    """Li et al. (2018): each unit sees itself alone."""

    parameters: ClassVar = {**Cell.parameters, "own": "u"}

    def define(self):
        own = hadamard(Quantity("u", self.units), self.h.previous)
        return (Equation(self.h, self.phi(add(multiply(self.W(), self.x), own, self.b()))),)


class GRUAfter(GatedCell):
    """As PyTorch has it: the reset gate comes after the recurrent weights."""

    def define(self):
        z, r, h_tilde, h = map(self.vector, ("z", "r", "h_tilde", "h"))
        reset = hadamard(r, add(multiply(self.U("h"), h.previous), self.b("r_h")))
        candidate = add(multiply(self.W("h"), self.x), self.b("h"), reset)
        new = hadamard(subtract(ones(z), z), h_tilde)
        return (
            Equation(z, self.sigma(self.weighted("z"))),
            Equation(r, self.sigma(self.weighted("r"))),
            Equation(h_tilde, self.phi(candidate)),
            Equation(h, add(hadamard(z, h.previous), new)),
        )


class Mean(GatedCell):
    """The README's."""

    def define(self):
        g, h = self.vector("g"), self.vector("h")
        z = add(multiply(self.W("g"), self.x), multiply(self.U("g"), h.previous), self.b("g"))
        new = hadamard(g, self.phi(multiply(self.W("h"), self.x)))
        return Equation(g, self.sigma(z)), Equation(h, scale("1/2", add(h.previous, new)))


class TwoStates(GatedCell):
    """Two cell states, a slow one and a fast one, and an output that reads both."""

    def define(self):
        f, i, o, slow, fast, h = (self.vector(n) for n in ("f", "i", "o", "c_slow", "c_fast", "h"))
        kept = hadamard(subtract(ones(f), f), fast.previous)
        return (
            Equation(f, self.sigma(self.weighted("f"))),
            Equation(i, self.phi(self.weighted("i"))),
            Equation(o, self.sigma(self.weighted("o"))),
            Equation(slow, add(hadamard(f, slow.previous), i)),
            Equation(fast, add(kept, hadamard(i, i))),
            Equation(h, hadamard(o, self.phi(add(slow, fast)))),
        )


class LooksBack(Cell):
    """Two states that are alike, and what no step waits for: values of weights, and of both."""

    parameters: ClassVar = {**Cell.parameters, "other_kernel": "V"}

    def define(self):
        h, c, v, y = map(self.vector, ("h", "c", "v", "y"))

        def of(letter, vector):
            return multiply(Quantity(letter, self.units, vector.shape[0]), vector)

        def seen(name):
            return of(f"U_{name}", h.previous), of(f"V_{name}", c.previous)

        return (
            Equation(h, self.phi(add(of("W_h", self.x), *seen("h")))),
            Equation(c, self.phi(add(of("W_c", self.x), *seen("c")))),
            Equation(v, of("U_v", Quantity("b_v", self.units))),
            Equation(y, add(*seen("y"), v)),
        )


class Highway(GatedCell):
    """Like an SRU (Lei et al., 2018): the input goes in, and past the cell; needs its size."""

    def define(self):
        f, r, c, h = (self.vector(name) for name in ("f", "r", "c", "h"))
        new = multiply(self.W("c"), self.x)
        past = hadamard(subtract(ones(r), r), self.x)
        return (
            Equation(f, self.sigma(add(multiply(self.W("f"), self.x), self.b("f")))),
            Equation(r, self.sigma(add(multiply(self.W("r"), self.x), self.b("r")))),
            Equation(c, add(hadamard(f, c.previous), hadamard(subtract(ones(f), f), new))),
            Equation(h, add(hadamard(r, self.phi(c)), past)),
        )


class Unused(GatedCell):
    """Computes what nothing uses, keeps a state beside its output, and takes it over as it was."""

    def define(self):
        g, s, y, h = (self.vector(name) for name in ("g", "s", "y", "h"))
        return (
            Equation(g, self.sigma(self.weighted("g"))),
            Equation(s, h.previous),
            Equation(y, hadamard(g, s.previous)),
            Equation(h, self.phi(add(multiply(self.U("h"), h.previous), self.b("h")))),
        )


class Deep(GatedCell):
    """One equation for all of it."""

    def define(self):
        h = self.vector("h")
        gate = self.sigma(self.weighted("g"))
        inner = self.phi(add(hadamard(gate, h.previous), multiply(self.W("h"), self.x)))
        other = self.sigma(subtract(scale("-3/4", inner), self.phi(multiply(self.U("k"), inner))))
        return (Equation(h, subtract(hadamard(other, inner, gate), scale(2, h.previous))),)


class Alone(Cell):
    """Hears nothing and keeps nothing: a constant, and what it was."""

    def define(self):
        k, h = self.vector("k"), self.vector("h")
        return Equation(k, ones(k)), Equation(h, add(h.previous, k))


class Linear(Cell):
    """Weights alone, no function: what is weighed is the output."""

    def define(self):
        y = self.vector("y")
        return (Equation(y, add(multiply(self.W(), self.x), multiply(self.U(), y.previous))),)


class Filter(Cell):
    """An average of inputs that forgets: no weights, and the same in all units."""

    def define(self):
        h = self.vector("h")
        return (Equation(h, add(scale("1/2", h.previous), scale("1/2", mean(self.x)))),)


class Deaf(Cell):
    """The same at every step: no inputs, no states, a weight that is used by itself."""

    def define(self):
        h = self.vector("h")
        return (Equation(h, self.phi(self.b("h"))),)


class Fires(Cell):
    """Zero or one, whose slope is zero: nothing changes by its weights, or by its inputs."""

    def define(self):
        h = self.vector("h")
        return (Equation(h, above(add(multiply(self.W(), self.x), self.b()), ones(h))),)


class Leaky(GatedCell):
    """A state that is not the output, which is none."""

    def define(self):
        c, y = self.vector("c"), self.vector("y")
        inside = add(hadamard(self.sigma(self.b("c")), c.previous), multiply(self.W("c"), self.x))
        return Equation(c, inside), Equation(y, self.phi(multiply(self.U("y"), c)))


EVERY = (GRU, GRUAfter, IndRNN, Mean, TwoStates, LooksBack, Highway, Unused, Deep, Alone, Linear)
ODD = (Filter, Deaf, Fires, Leaky)
"""Those that lack what most have: weights, inputs, slopes, an output that is a state."""
EVERY += ODD
