"""A catalogue: all that documents say in one language, sentence by sentence, by key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from symlstm.errors import OutputError, choices

FOLDER = Path(__file__).parent
ONE = "_one"
"""How the key of what is said instead ends where ``count`` is 1."""


@dataclass(frozen=True)
class Catalogue:
    """What is said in a language, by keys such as ``cell.heading``; made by `catalogue`."""

    language: str

    @property
    def sentences(self) -> Mapping[str, str]:
        """All of it: text with mathematics between dollars, and names in braces for its parts."""
        return _read(self.language)

    def sentence(self, key: str, parts: Mapping[str, object]) -> str:
        """Return what a key says, with braces where its parts go.

        Raises `OutputError` for an unknown key, and for other parts than the sentence has.
        """
        if key not in self.sentences:
            message = f"there is nothing to say for {key!r} in {self.language}.toml"
            raise OutputError(f"{message}; {self._known(key)}", argument="key")
        one = f"{key}{ONE}" if str(parts.get("count")) == "1" else key
        found = self.sentences.get(one, self.sentences[key])
        wanted, given = places(found), set(parts)
        if not wanted <= given or given - wanted - {"count"}:
            message = f"{key!r} says {found!r}, which takes {_listed(wanted)}, not {_listed(parts)}"
            raise OutputError(message, argument="key")
        return found

    def _known(self, key: str) -> str:
        """Return what to say of an unknown key: what there is in its table, or which tables."""
        tables: dict[str, list[str]] = {}
        for known in self.sentences:
            tables.setdefault(known.partition(".")[0], []).append(known)
        return choices(key, tables.get(str(key).partition(".")[0], tables))

    def words(self, key: str, **parts: object) -> str:
        """Return what a key says as plain text; raises `OutputError` as `sentence` does.

        >>> catalogue("de").words("step.heading", t=2)
        'Zeitschritt 2'
        """
        return PLACE.sub(lambda place: str(parts[place[1]]), self.sentence(key, parts))


PLACE = re.compile(r"\{(\w+)\}")
"""Where a part goes; in mathematics, braces are those of LaTeX."""
_MATHEMATICS = re.compile(r"\$[^$]*\$")


def places(sentence: str) -> set[str]:
    r"""Return the names of the parts that a sentence has places for.

    >>> places(r"the digits {digits} of $x_{t}$")
    {'digits'}
    """
    return set(PLACE.findall(_MATHEMATICS.sub("", sentence)))


def languages() -> list[str]:
    """Return the languages that there are: a file each, beside this one."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language; raises `OutputError` for one that there is not."""
    known = languages()
    if language not in known:
        message = f"language is {language!r}; {choices(language, known)}"
        raise OutputError(message, argument="language")
    return Catalogue(language)


@cache
def _read(language: str) -> Mapping[str, str]:
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return {f"{table}.{key}": text for table in tables for key, text in tables[table].items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


ENGLISH = Catalogue("en")
"""What is said unless another language is asked for."""
