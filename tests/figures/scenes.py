"""Scenes to write: one with every kind of piece, and words that are meant to do harm."""

from math import sin

from symlstm.figures.scene import (
    Box,
    Curve,
    Dot,
    Group,
    Label,
    Meaning,
    Point,
    Scene,
    Spelled,
    Tiles,
    Wire,
)
from symlstm.notation.palette import PALETTE

HOSTILE = 'a<b> & "c" --> ]]> % \\input{/etc/passwd}\n\\end{document} $x_1$ #^~ \x00\x1b\ud800 語'
GREEN, VERMILLION, *_ = PALETTE


def spelled(plain, latex=None):
    return Spelled(plain, latex or f"${plain}$", 9.0 * len(plain))


def label(x, y, *column, head="f_2 =", **options):
    head = spelled(head) if head else None
    return Label(Point(x, y), head, tuple(map(spelled, column)), **options)


def wire(*places, **options):
    return Wire(tuple(Point(*place) for place in places), **options)


def scene(*pieces, title="A figure", description="What it shows", width=400, height=300):
    return Scene(width, height, title, description, (Group("step 2", pieces, "Time step 2"),))


MEANING = Meaning("f", 2, "13/7", "f_2 = σ(z_{f,2})")


def every_piece():
    """Return a scene with a piece of every kind, and of every look."""
    return scene(
        wire((0, 40), (300, 40), (300, 90), arrow=True, hops=(Point(80, 40),), meaning=MEANING),
        wire((0, 60), (90, 60), colour=GREEN, dashes=(6, 3), width=3.2),
        wire((0, 70), (90, 70), faint=True),
        Box(Point(200, 150), 380, 280, 12, frame=True),
        Box(Point(80, 80), 44, 26, label=label(80, 80, "\\tanh", head=None), colour=GREEN),
        Box(Point(180, 80), 24, 24, 12, meaning=Meaning(equation="a product")),
        label(20, 120, "13", colour=VERMILLION, bold=True, meaning=MEANING),
        label(20, 170, "1", "-2", "\\vdots", "3", meaning=MEANING),
        label(390, 170, "1", "2", anchor="end", faint=True),
        label(200, 220, "1", "2", anchor="middle", size=10.0),
        Label(Point(20, 25), spelled("Time step 2", "Time step 2"), bold=True),
        Dot(Point(80, 40), colour=GREEN),
        Curve(tuple(Point(20 + 4 * k, 260 - 20 * sin(k / 5)) for k in range(60)), GREEN, (6, 3)),
        *(Tiles(k / 2, 8, ((Point(300 + 10 * k, 250), 6),)) for k in range(-2, 3)),
        Tiles(1, 8, ((Point(300, 265), 20), (Point(330, 265), 5.5)), GREEN),
    )
