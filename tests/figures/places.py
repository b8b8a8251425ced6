"""What can be measured on a scene: boxes of labels, and numbers that its marks say."""

import re
from itertools import combinations

import numpy as np

from symlstm.figures.scene import TEXT, Curve, Label, pieces


def labels(scene):
    return [piece for piece in pieces(scene.groups) if isinstance(piece, Label)]


def curves(scene, quantity):
    every = (piece for piece in pieces(scene.groups) if isinstance(piece, Curve))
    return [one for one in every if one.meaning and one.meaning.quantity == quantity]


def box(label):
    """Return the left, right, upper and lower end of a label of one line."""
    parts = ((label.head,) if label.head else ()) + label.column
    width = sum(part.width for part in parts) * label.size / TEXT
    left = label.at.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
    return left, left + width, label.at.y - label.size / 2, label.at.y + label.size / 2


def collisions(scene):
    """Return the pairs of labels that overlap, and the labels that are not within the scene."""
    boxes = [(label, box(label)) for label in labels(scene)]
    pairs = [
        (one.head.plain, other.head.plain)
        for (one, a), (other, b) in combinations(boxes, 2)
        if a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]
    ]
    outside = [
        label.head.plain
        for label, (left, right, top, bottom) in boxes
        if left < 0 or right > scene.width or top < 0 or bottom > scene.height
    ]
    return pairs + outside


def number(plain):
    """Return the number that a mark says."""
    match = re.fullmatch(r"(−?[\d.]+)(?:×10\^\{(-?\d+)\})?|(−?)10\^\{(-?\d+)\}", plain)
    if match is None:
        return None
    digits, exponent, sign, power = (
        part.replace("−", "-") if part else "" for part in match.groups()
    )
    if power:
        return float(f"{sign}1e{power}")
    return float(digits) * 10.0 ** int(exponent or 0)


def marks(scene, *, below=None, above=None):
    """Return what the marks at the left say, and how far down they are."""
    found = [
        (number(label.head.plain), label.at.y) for label in labels(scene) if label.anchor == "end"
    ]
    low, high = above or -np.inf, below or np.inf
    return [(value, y) for value, y in found if value is not None and low <= y <= high]


def read_off(scene, curve):
    """Return the values of a line, as its places beside the marks of its panel say."""
    y = np.array([point.y for point in curve.path])
    every = marks(scene)
    panel = _panel(every, y.min(), y.max())
    (first, at), (last, to) = panel[0], panel[-1]
    return first + (y - at) / (to - at) * (last - first)


def _panel(every, top, bottom):
    """Return the marks from zero's neighbours on that enclose a line: those of one panel."""
    runs = [[every[0]]]
    for mark in every[1:]:
        before = runs[-1][-1]
        goes_on = mark[1] < before[1] and mark[0] > before[0]
        runs[-1].append(mark) if goes_on else runs.append([mark])
    (run,) = [run for run in runs if run[-1][1] <= top + 1e-6 and bottom <= run[0][1] + 1e-6]
    return run
