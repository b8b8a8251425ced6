"""A document, ready for a template: what the page says, as mathematics and plain text.

Templates are given this and nothing else. It holds lines, tables and text, and no trace, cell or
array: there is nothing in it that a template could change or do harm with.
"""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.notation import Tokens
from symlstm.notation.palette import Colour
from symlstm.writers.asking import Asking
from symlstm.writers.line import Lines
from symlstm.writers.picture import Picture
from symlstm.writers.remarks import Before, Certified, Flow, Loss, Mistake, Rounded, Said, Taken
from symlstm.writers.summary import Table


@dataclass(frozen=True)
class Code:
    """The code of a chapter, for a notebook: of its cell, its run, and what these come to."""

    cell: str = ""
    run: str = ""
    results: str = ""
    loss: str = ""
    gradients: str = ""


@dataclass(frozen=True)
class TimeStep:
    """One time step: what goes in, and a line for each value that is computed.

    Where a mask leaves it out, ``held`` is the key of what is said, and the lines are those of what
    stays; ``hidden`` says whether its output is zero. ``code`` is the Python that makes it, here
    and below: empty but in a notebook.
    """

    t: int
    known: Lines
    lines: Lines
    figure: Picture | None = None
    code: str = ""
    held: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class BackwardPass:
    """The backward pass through one sequence: from the last step to the initial states.

    ``weights`` are the gradients by the weights, in a table or, of matrices, in lines.
    """

    steps: tuple[TimeStep, ...]
    initial: Lines
    summary: tuple[Table, ...]
    weights: tuple[Table, ...] = ()
    weight_lines: Lines = ()

    @property
    def sums(self) -> tuple[Table | Lines, ...]:
        """The gradients by the weights, summed over time: tables, or lines."""
        return self.weights or ((self.weight_lines,) if self.weight_lines else ())


@dataclass(frozen=True)
class Walkthrough:
    """One sequence, stepped through; ``after`` is the state that it leaves, ``loss`` its loss.

    ``results`` are its last states, and ``reset`` is a figure of the state that it leaves.
    """

    number: int
    inputs: Lines
    steps: tuple[TimeStep, ...]
    summary: tuple[Table, ...]
    results: Lines = ()
    after: Lines = ()
    loss: Lines = ()
    backward: BackwardPass | None = None
    reset: Picture | None = None


@dataclass(frozen=True)
class Adjoint:
    """The equations of the backward pass.

    ``sums`` are those of the gradients by the weights, summed over time. ``uses`` tells how the
    others come about: for each value, where it is used, and the derivative of that by it; the
    derivatives are ``transposed`` matrices, or numbers. ``own`` has the terms by which a state
    hands its gradient to itself, each with the equation that it comes from; ``derivatives`` those
    of the activation functions, and ``explained`` the keys of what is said of signs in equations.
    """

    equations: Lines
    sums: Lines
    uses: tuple[Table, ...]
    transposed: bool
    own: Lines
    derivatives: Lines
    explained: tuple[str, ...]


@dataclass(frozen=True)
class Carry:
    """How a state carries its gradient: the Jacobian of a step, and the product of the steps'.

    ``name`` is the state's, ``now`` and ``before`` the same at times t and t - 1; ``transposed``
    says whether the derivatives are transposed, where that makes a difference.

    ``total`` is the whole derivative, as the sum of what the state carries alone and what goes
    through ``others``, the other states, and ``split`` the same for each step; both are empty when
    there are none.
    """

    number: int
    name: Tokens
    now: Tokens
    before: Tokens
    others: bool
    transposed: bool
    state: Lines
    steps: Lines
    product: Lines
    total: Lines
    split: tuple[Table, ...]
    figure: Picture | None = None
    code: str = ""


@dataclass(frozen=True)
class UpdateStep:
    """One update of the weights: the sequences of its batch, their loss, the ``step`` they take."""

    number: int
    epoch: int
    sequences: tuple[Walkthrough, ...]
    loss: Lines
    step: Taken
    code: str = ""


@dataclass(frozen=True)
class TrainingRun:
    """A training with one batch size, in so many ``epochs``.

    ``when`` says when the weights are adjusted, but where it is a single update. ``rule`` is how a
    weight takes its step, where updates do not say it.
    """

    batch_size: int
    epochs: int
    when: Said | None
    updates: tuple[UpdateStep, ...]
    rule: Lines = ()
    code: str = ""


@dataclass(frozen=True)
class Descent:
    """Gradient descent: what it is given, the runs that are compared, and their weights.

    ``rate`` is the learning rate, with ``several`` other settings; ``text`` the key of what there
    is to say of the update.
    """

    rate: Lines
    several: bool
    text: str
    sequences: tuple[Table, ...]
    runs: tuple[TrainingRun, ...] = ()
    weights: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """One cell and what was done with it; what does not apply is empty.

    ``colours`` are those that its gates have, each once.

    ``numeric`` says whether there are numbers, and not symbols alone, and ``certified`` what they
    are worth if they are not exact, ``rounded`` how each value is rounded if it is; ``stateful``
    whether the states are kept after the sequence; ``backwards`` whether sequences are taken from
    their last step to their first; ``masked`` whether some of their steps are left out; ``elided``
    whether matrices are too large to be shown whole; ``computes`` is the key of what is said before
    the equations, and ``explained`` are the keys of what is said of signs in them. ``gradients``
    are those by the weights, summed over
    several sequences. ``figure`` is one of the cell; references to its equations begin with
    ``label``. ``asking`` is what a sheet asks for, or its key.

    A chapter about a network has the number of its ``layer``, with its forward pass or, without
    ``equations`` of the cell, its backward pass, after which weights may take a ``step``; or the
    ``flow`` between its levels, or before the first layer what is said of an update. What an
    earlier chapter has told of the same cell, or of its ``adjoint``, is told there alone.
    """

    title: str
    cell: str = ""
    introduction: str = ""
    colours: tuple[Colour, ...] = ()
    numeric: bool = True
    certified: Certified | None = None
    elided: bool = False
    computes: str = "cell.computes"
    equations: Lines = ()
    activations: Lines = ()
    explained: tuple[str, ...] = ()
    weights: Lines = ()
    stateful: bool = False
    backwards: bool = False
    masked: bool = False
    sequences: tuple[Walkthrough, ...] = ()
    closed_forms: Lines = ()
    adjoint: Adjoint | None = None
    gradients: Lines = ()
    carries: tuple[Carry, ...] = ()
    loss: Loss | None = None
    descent: Descent | None = None
    figure: Picture | None = None
    rounded: Rounded | None = None
    code: Code = Code()
    label: str = ""
    asking: Asking | None = None
    mistake: Mistake | None = None
    layer: int = 0
    flow: Flow | None = None
    step: Taken | None = None
    cell_before: Before | None = None
    adjoint_before: Before | None = None

    @property
    def is_sheet(self) -> bool:
        """Whether values are left out of it."""
        return self.asking is not None and not self.asking.filled

    @property
    def gives(self) -> bool:
        """Whether numbers are given before its first step, in a section of their own."""
        given = self.weights or self.descent or len(self.sequences) == 1
        return self.numeric and bool(self.equations and given)

    @property
    def together(self) -> str:
        """The key of what introduces its weights, if there are any, with its only inputs."""
        if not self.weights:
            return "sequence.inputs_backwards" if self.backwards else "sequence.inputs"
        return "given.weights_inputs_backwards" if self.backwards else "given.weights_inputs"

    @property
    def goes_on(self) -> bool:
        """Whether it needs no page of its own: it has no time steps, and tells of no cell anew."""
        before = self.cell_before if self.equations else self.adjoint_before
        passes = [p for one in self.sequences for p in (one, one.backward) if p is not None]
        short = before is not None and not any(one.steps for one in passes)
        return short if self.layer else self.flow is not None

    @property
    def again(self) -> bool:
        """Whether a chapter before has said what all copies have in common."""
        return self.asking is not None and self.asking.again

    @property
    def figures(self) -> tuple[Picture, ...]:
        """All figures of the chapter."""
        backward = [one.backward for one in self.sequences if one.backward is not None]
        steps = [s for one in self.sequences for s in one.steps]
        steps += [s for one in backward for s in one.steps]
        places = [self.figure, *(s.figure for s in steps), *(one.reset for one in self.sequences)]
        places += [one.figure for one in self.carries]
        places += [self.mistake.figure_right, self.mistake.figure] if self.mistake else []
        return tuple(figure for figure in places if figure is not None)


@dataclass(frozen=True)
class Document:
    """A page: its title, and a chapter for each cell on it; the first one has no title.

    ``language`` is what it is written in: "en", "de".
    """

    title: str
    author: str
    chapters: tuple[Chapter, ...]
    language: str = "en"

    @property
    def colours(self) -> tuple[Colour, ...]:
        """The colours of all chapters, each once."""
        return tuple(dict.fromkeys(one for chapter in self.chapters for one in chapter.colours))

    @property
    def figures(self) -> tuple[Picture, ...]:
        """All figures of the document."""
        return tuple(figure for chapter in self.chapters for figure in chapter.figures)
