"""Cells as a user writes them, without a line about drawing."""

from typing import ClassVar

from symlstm.expression import Quantity, add, hadamard, multiply, ones, subtract

from symlstm import Cell, Equation, GatedCell


class GRU(GatedCell):
    """Cho et al. (2014), as Keras has it with ``reset_after=False``."""

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
