"""Code that holds values to the numbers of a page: how these are told, and what it begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from flint import arb

from symlstm.algebras.algebra import Algebra
from symlstm.algebras.certified import CertifiedAlgebra
from symlstm.algebras.decimal import DecimalAlgebra
from symlstm.languages.catalogue import Catalogue
from symlstm.runs.stacked import Stacked
from symlstm.writers.source import Source

LONGEST = 200
"""Numbers of more bits are not repeated in code."""
MOST_ENTRIES = 16
"""Values of more entries are not, either."""


@dataclass(frozen=True)
class Telling:
    """How numbers are told: what that is in words, by ``key``, in ``code``, and what it gives."""

    key: str
    code: str
    told: Callable[[Any], str]


EXACTLY = Telling("code.exact", "str(entry)", str)
AS_DECIMALS = Telling(
    "code.decimals",
    "str(Decimal(int(entry.p)) / int(entry.q))",
    lambda entry: str(Decimal(int(entry.p)) / int(entry.q)),
)


def telling_of(algebra: Algebra[Any]) -> Telling:
    """Return how the numbers of an algebra are told."""
    if isinstance(algebra, DecimalAlgebra):
        return AS_DECIMALS
    if not isinstance(algebra, CertifiedAlgebra):
        return EXACTLY
    digits = algebra.digits
    return Telling(
        "code.certain",
        f"entry.str({digits}, radius=False)",
        lambda entry: entry.str(digits, radius=False),
    )


Named: TypeAlias = Iterable[tuple[str, Any]]
"""Values, with the code that each comes from."""


def held(values: Named, telling: Telling) -> Iterator[str]:
    """Yield lines that hold values to the numbers that they have, where these are short."""
    for code, value in values:
        entries = np.ravel(np.asarray(value, dtype=object))
        # Among balls, a weight may be the number that it is exactly.
        alike = len({isinstance(entry, arb) for entry in entries}) <= 1
        if alike and len(entries) <= MOST_ENTRIES and all(map(_short, entries)):
            yield f"assert told({code}) == {list(map(telling.told, entries))}"


def _short(entry: Any) -> bool:
    if isinstance(entry, arb):
        return True
    return max(int(entry.p).bit_length(), int(entry.q).bit_length()) <= LONGEST


def of_group(owner: str, group: str) -> str:
    """Return the code of a group of weights, which not every one has as an attribute."""
    return f"{owner}.{group}" if hasattr(Stacked, group) else f"{owner}[{group!r}]"


def beginning(source: Source, algebra: Algebra[Any]) -> str:
    """Return what imports all that code speaks of, before the code itself."""
    first = ["from dataclasses import replace"] if "replace(" in source.cell else []
    first += ["from decimal import Decimal"] if isinstance(algebra, DecimalAlgebra) else []
    names = ", ".join(sorted({*source.names, "figure"}))
    parts = ["\n".join(first), "import numpy as np", f"from symlstm import {names}"]
    return "\n\n".join(filter(None, parts))


def definition(algebra: Algebra[Any], catalogue: Catalogue) -> list[str]:
    """Return the lines of a function that tells numbers."""
    telling = telling_of(algebra)
    what = f'    """{catalogue.words(telling.key)}"""'
    told = f"    return [{telling.code} for entry in np.ravel(values)]"
    return ["", "", "def told(values):", what, told]
