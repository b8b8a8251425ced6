"""The precision of balls is held by one thread at a time, and given back as it was."""

import subprocess
import sys
import threading

import pytest
from flint import arb, ctx

from symlstm.algebras.ball import BallAlgebra
from symlstm.numbers.exact import shown
from symlstm.numbers.precision import precision, undisturbed

LONG = 30
"""How many seconds something may take that takes no time: the machines are shared."""


class Beside:
    """A function in a thread beside, and when it has been through."""

    def __init__(self, function):
        self.done = threading.Event()
        self.found = None
        self._thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self._thread.start()

    def _run(self, function):
        self.found = function()
        self.done.set()

    def result(self):
        assert self.done.wait(LONG)
        self._thread.join()
        return self.found


def precision_within(context):
    with context:
        return ctx.prec


def test_a_precision_is_given_back_from_within_another():
    with precision(100):
        with precision(300):
            assert ctx.prec == 300
        assert ctx.prec == 100
    assert ctx.prec == 53


@pytest.mark.parametrize("context", [precision(200), undisturbed(), BallAlgebra(200).context()])
def test_an_error_gives_it_back_and_lets_others_go_on(context):
    with pytest.raises(ArithmeticError), precision(90), context:
        raise ArithmeticError
    assert ctx.prec == 53
    assert Beside(lambda: precision_within(precision(70))).result() == 70
    assert ctx.prec == 53


def test_what_a_user_has_set_is_given_back():
    with ctx.workprec(77):
        assert precision_within(precision(200)) == 200
        assert ctx.prec == 77
        assert precision_within(undisturbed()) == 77


@pytest.mark.parametrize(
    ("other", "within"), [(precision(300), 300), (BallAlgebra(40).context(), 40)]
)
def test_another_thread_waits_and_changes_nothing_meanwhile(other, within):
    with precision(100):
        beside = Beside(lambda: precision_within(other))
        assert not beside.done.wait(0.2)
        assert ctx.prec == 100
    assert beside.result() == within
    assert ctx.prec == 53


def test_what_is_printed_beside_has_the_digits_that_its_user_has_set(article):
    third, steps = arb(1) / 3, article.run([1, 1], algebra="ball", digits=60)
    gradients = steps.backward()
    printers = [
        lambda: shown(third),
        lambda: repr(steps[1]) + repr(steps.layers[0][2]),
        lambda: repr(gradients[1]),
    ]
    alone = [print_() for print_ in printers]
    with precision(400):
        assert repr(third) != alone[0]
        beside = [Beside(print_) for print_ in printers]
        assert not any(one.done.wait(0.1) for one in beside)
    assert [one.result() for one in beside] == alone


@pytest.mark.parametrize("algebra", ["exact", "float"])
def test_exact_and_float_runs_wait_for_nobody(article, algebra):
    def run():
        trace = article.run(["1/3", 2], algebra=algebra)
        return repr(trace[2]), str(trace.backward()[1]), str(trace.sequence_out)

    alone = run()
    with precision(100):
        assert Beside(run).result() == alone


FORKS = """
import multiprocessing, threading
from flint import ctx
from symlstm import LSTM
from symlstm.numbers.precision import precision

layer = LSTM(1).bind(kernel=1, recurrent_kernel=1, bias=0)
held, forking = threading.Event(), threading.Event()

def hold():
    with precision(200):
        held.set()
        forking.wait(0.5)

def child(queue):
    queue.put((ctx.prec, layer.reference([1, 2]).state_h))

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    threading.Thread(target=hold).start()
    held.wait()
    {within}
        process = context.Process(target=child, args=(queue,), daemon=True)
        process.start()
        found = queue.get(timeout=60)
        process.join()
    assert found == ({expected}, layer.reference([1, 2]).state_h), found
    assert ctx.prec == 53
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork there")
@pytest.mark.parametrize(
    ("within", "expected"), [("if True:", 53), ("with precision(90):", 90)], ids=["outside", "in"]
)
def test_a_process_that_is_forked_while_another_thread_is_at_work_computes(root, within, expected):
    run(FORKS.format(within=within, expected=expected), root)


def run(program, root):
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_computed_when_symlstm_is_imported_is_exact(root):
    """A user may have set any precision by then, and any other afterwards."""
    program = (
        "from flint import ctx; ctx.prec = {bits}; from symlstm.algebras import ball, endpoints; "
        "from symlstm.numbers.pickling import of_ball; "
        "known = [ball.WIDEST, endpoints.INFINITY, endpoints.SATURATED, *endpoints.CUTS]; "
        "assert ctx.prec == {bits}; print([of_ball(number)[1] for number in known])"
    )
    few, many = (run(program.format(bits=bits), root) for bits in (2, 500))
    assert few == many
