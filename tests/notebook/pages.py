"""HTML taken apart: whether it is well-formed, what its tables hold, and what it says."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """A piece of HTML; cells of tables are the texts in them."""

    html: str
    stack: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    titles: list = field(default_factory=list)
    tags: set = field(default_factory=set)
    styles: list = field(default_factory=list)
    text: str = ""

    def __post_init__(self):
        super().__init__()
        self.feed(self.html)
        self.close()
        assert not self.stack, self.stack

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        assert not [name for name in attributes if name.startswith("on")]
        assert not {"href", "src", "xlink:href"} & attributes.keys()
        self.stack.append(tag)
        self.tags.add(tag)
        self.styles.append(attributes.get("style", ""))
        if "title" in attributes:
            self.titles.append(attributes["title"])
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.stack):
            self.tables[-1][-1][-1] += data


def page(subject):
    """Return the HTML that a notebook shows of something, which holds nothing from elsewhere."""
    bundle = subject._repr_mimebundle_()
    assert set(bundle) <= {"text/html", "text/latex"}
    shown = Page(bundle["text/html"])
    assert not shown.tags & {"script", "link", "img", "iframe", "object", "a"}
    assert not re.search(r"url\(|@import", bundle["text/html"])
    assert "\\" not in shown.text
    return shown


def latex(subject):
    return subject._repr_mimebundle_()["text/latex"]


def rows(table):
    """Return the rows of a table over time, without its header, by symbol: sign and values."""
    return {symbol: (sign, values) for symbol, sign, *values in table if symbol != "t"}
