"""What a template of one's own is given, in words: read off the document and the formats."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from symlstm.languages.catalogue import catalogue
from symlstm.writers.document import Document
from symlstm.writers.formats import Format
from symlstm.writers.latex import LatexFormat
from symlstm.writers.markdown import MarkdownFormat
from symlstm.writers.terminal import TerminalFormat

WIDTH = 96
FORMATS: tuple[type[Format], ...] = (LatexFormat, MarkdownFormat, TerminalFormat)
INTRODUCTION = """\
A template of your own, symlstm derive FILE -o DOCUMENT --template TEMPLATE, is a Jinja2 file for
the format of the document. In LaTeX, << >>, <% %> and <# #> stand for {{ }}, {% %} and {# #}. It
can include our own, such as latex/body.jinja, and others in its folder. What it prints is escaped
but for what filters and functions return, as the last ones of an expression.
"""


def template_help(language: str = "en") -> str:
    """Return what templates are given: the document, filters, functions and sentences.

    Raises `OutputError` for an unknown language.
    """
    said = catalogue(language)
    parts: list[str] = [
        INTRODUCTION,
        _titled("The document", "The variable document is a Document, which is made of these."),
        *map(_described, _classes()),
        _titled("Filters", "What stands before the bar is the first argument: lines | display."),
        *_called(lambda format_: format_.filters()),
        _titled("Functions", "They speak the language of the document: say('cell.computes')."),
        *_called(lambda format_: format_.functions()),
        _titled(
            "Sentences", "What is said for each key, with a name in braces for a part to give."
        ),
        *(_entry(key, sentence) for key, sentence in said.sentences.items()),
    ]
    return "\n".join(parts) + "\n"


def _titled(title: str, words: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n{words}\n"


def _classes() -> Iterator[type]:
    """Yield the classes that a document is made of, from the whole to its parts."""
    found: dict[type, None] = {Document: None}
    waiting: list[type] = [Document]
    while waiting:
        one = waiting.pop(0)
        yield one
        for kind in [kind for hint in _members(one).values() for kind in _named(hint)]:
            if kind not in found and is_dataclass(kind):
                found[kind] = None
                waiting.append(kind)


def _members(kind: type) -> Mapping[str, Any]:
    """Return the types of what a class has: its fields, and its properties."""
    hints = get_type_hints(kind)
    members = {one.name: hints[one.name] for one in fields(kind)}
    for name, member in vars(kind).items():
        if isinstance(member, property) and member.fget is not None:
            members[name] = get_type_hints(member.fget)["return"]
    return members


def _named(hint: Any) -> Iterator[type]:
    """Yield the classes that a type names."""
    if get_args(hint):
        for part in get_args(hint):
            yield from _named(part)
    elif isinstance(hint, type):
        yield hint


def _described(kind: type) -> str:
    members = [f"    {name}: {_spelled(hint)}" for name, hint in _members(kind).items()]
    return "\n".join([kind.__name__, _documented(kind), *members, ""])


def _spelled(hint: Any) -> str:
    if hint in (NoneType, Ellipsis):
        return "None" if hint is NoneType else "..."
    if get_origin(hint) in (tuple, list):
        inside = ", ".join(map(_spelled, get_args(hint)))
        return f"{get_origin(hint).__name__}[{inside}]"
    if get_args(hint):
        return " | ".join(map(_spelled, get_args(hint)))
    return str(hint.__name__)


def _called(functions_of: Callable[[Format], Mapping[str, Callable[..., str]]]) -> Iterator[str]:
    """Yield what can be called in templates, each with the formats that have it."""
    formats = [format_() for format_ in FORMATS]
    every = {name: one for format_ in formats for name, one in functions_of(format_).items()}
    for name, function in every.items():
        known = [format_.name for format_ in formats if name in functions_of(format_)]
        where = "" if len(known) == len(formats) else f"  (in {', '.join(known)})"
        listed = ", ".join(map(_argument, inspect.signature(function).parameters.values()))
        yield f"{name}({listed}){where}\n{_documented(function)}\n"


def _argument(argument: inspect.Parameter) -> str:
    """Return an argument, its type without the quotes of one that is not evaluated."""
    return str(argument).replace(repr(argument.annotation), argument.annotation)


def _documented(what: Any) -> str:
    first, *others = (inspect.getdoc(what) or "").replace("``", "`").split("\n\n")
    shown = [textwrap.fill(part, WIDTH - 2) for part in (first, *others) if ">>>" not in part]
    return textwrap.indent("\n".join(shown), "  ")


def _entry(key: str, sentence: str) -> str:
    return textwrap.fill(f"{key}  {sentence}", WIDTH, subsequent_indent="    ")
