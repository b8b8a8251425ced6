"""Markdown as a browser shows it: the formulas as mathematics, and the figures beside the file."""

import re

import pytest
from components import required
from markdown_it import MarkdownIt

from symlstm.derivations.spec import load
from symlstm.exercises import sheets

FORMULA = re.compile(r"\$\$\n(.*?)\n\$\$|(?<!\$)\$([^$\n]+)\$(?!\$)", re.DOTALL)
NAMES = ["article", "backpropagation-through-time", "one-training-step", "pocket-calculator"]
SEEN = """() => ({
    text: document.body.innerText,
    formulas: [...document.querySelectorAll("math")].map(
        one => one.getBoundingClientRect().width > 0 && !one.querySelector("merror")),
    figures: [...document.images].map(one => [one.naturalWidth, one.clientWidth]),
    wide: innerWidth,
})"""


@pytest.fixture(scope="module")
def to_mathml():
    """Mathematics for a browser, by a program that knows LaTeX and nothing of ours."""
    (converter,) = required("latex2mathml", "latex2mathml.converter")
    return converter.convert


def html(page, to_mathml):
    """Return a page with its formulas as MathML, and how many these are."""
    shown = []

    def kept(formula):
        shown.append(to_mathml(formula[1] or formula[2], "block" if formula[1] else "inline"))
        return f"FORMULA{len(shown) - 1}ENDS"

    text = MarkdownIt("gfm-like", {"linkify": False}).render(FORMULA.sub(kept, page))
    text = re.sub(r"FORMULA(\d+)ENDS", lambda place: shown[int(place[1])], text)
    style = "<style>img{max-width:100%} body{overflow-wrap:anywhere}</style>"
    return f'<!DOCTYPE html><meta charset="utf-8">{style}{text}', len(shown)


def seen(in_browser, path, width):
    def look(page):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path.as_uri(), wait_until="load")
        return page.evaluate(SEEN)

    return in_browser(look)


def assert_readable(in_browser, path, formulas):
    for width in (1000, 400):
        found = seen(in_browser, path, width)
        assert found["formulas"] == [True] * formulas
        assert "$" not in found["text"]
        assert "\\" not in found["text"]
        assert all(natural > 0 and shown <= width for natural, shown in found["figures"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_gallery_is_mathematics_and_figures(in_browser, to_mathml, root, tmp_path, name):
    folder = root / "derivations" / name
    text, formulas = html((folder / f"{name}.md").read_text(encoding="utf-8"), to_mathml)
    page = tmp_path / f"{name}.html"
    (tmp_path / f"{name}.figures").symlink_to(folder / f"{name}.figures")
    page.write_text(text, encoding="utf-8")
    found = assert_readable(in_browser, page, formulas)
    assert formulas > 20
    assert len(found["figures"]) == text.count("<img")


@pytest.mark.slow
def test_a_sheet_and_its_key_are_mathematics_and_figures(in_browser, to_mathml, root, tmp_path):
    name = "pocket-calculator"
    found = sheets(load(root / f"derivations/{name}/{name}.derivation.toml", written=True))
    for page in (found.sheet(tmp_path / "sheet.md", None, "de"), found.key(tmp_path / "key.md")):
        page.write()
        text, formulas = html(page.text, to_mathml)
        place = page.path.with_suffix(".html")
        place.write_text(text, encoding="utf-8")
        assert assert_readable(in_browser, place, formulas)["figures"]
