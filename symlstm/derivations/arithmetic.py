"""In which arithmetic the values of a derivation file are: exact, certified, or rounded."""

from __future__ import annotations

from typing import Any

from symlstm.derivations.source import TIES, rounded
from symlstm.derivations.tables import Tables
from symlstm.errors import choices
from symlstm.numbers.exact import shown

ROUNDING = {"rounding", "decimals", "ties"}
EACH_LINE = 'rounding = "each line"'
PROVEN = ("exact", "ball")
"""The algebras that a hand calculation can be in."""
DIGITS = 6
"""How many digits are certified, unless a file says it."""


class Arithmetic(Tables):
    """Reads in which algebra a file has its values."""

    def algebra(self, run: dict[str, Any]) -> None:
        """Fill in how many digits are certified; raise for what no document can be made of."""
        algebra = run.setdefault("algebra", "exact")
        if algebra not in PROVEN:
            decimal = {"decimal": 'is what rounding = "each line" means here'}
            known = choices(algebra, PROVEN, decimal)
            raise self.error("run", f"algebra is {shown(algebra)}; {known}")
        for key in sorted(ROUNDING & set(run)):
            raise self.error("run", f"{key} is for lines that are rounded; give {EACH_LINE}, too")
        if algebra == "ball":
            run.setdefault("digits", DIGITS)
        elif "digits" in run:
            mend = f'give algebra = "ball", too, or {EACH_LINE} to round to them'
            raise self.error("run", f"digits are certified of balls; {mend}")

    def rounding(self, run: dict[str, Any]) -> None:
        """Turn what a file says of rounding into what `Layer.run` takes."""
        if run["rounding"] != "each line":
            asked = shown(run["rounding"])
            raise self.error("run", f"rounding is {asked}; give {EACH_LINE}, or leave it out")
        if "algebra" in run:
            algebra = shown(run["algebra"])
            mend = f"{EACH_LINE} makes every value a decimal; leave one of them out"
            raise self.error("run", f"algebra is {algebra}, and {mend}")
        if ("digits" in run) == ("decimals" in run):
            given = "both are" if "digits" in run else "neither is"
            mend = "give digits = 4 for so many significant ones, or decimals = 4"
            raise self.error("run", f"of digits and decimals {given} given; {mend}")
        ties = run.get("ties", TIES[0])
        if ties not in TIES:
            raise self.error("run", f"ties is {shown(ties)}; {choices(ties, TIES)}")
        rounded(run)
