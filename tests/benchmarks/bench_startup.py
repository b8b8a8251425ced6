"""The command and the package as they start, in processes of their own."""

import os
import subprocess
import sys
import tempfile
from functools import cache, partial
from pathlib import Path

from measuring import CHILDREN, Measurement

COMMAND = Path(sys.executable).with_name("symlstm")
PYTHON = (sys.executable, "-c")


@cache
def compiled():
    """A folder in which modules are compiled once, as they are by installing them."""
    return tempfile.TemporaryDirectory()


def program(*arguments):
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPYCACHEPREFIX": compiled().name}
    run = partial(subprocess.run, arguments, check=True, capture_output=True, env=environment)
    run()
    return run


def over_sympy(name, *arguments, bound):
    def sides():
        return {"symlstm": program(*arguments), "import sympy": program(*PYTHON, "import sympy")}

    return Measurement(name, sides, bound, rounds=5, meter=CHILDREN, small=True)


MEASUREMENTS = [
    over_sympy("`symlstm derive`", COMMAND, "derive", bound=1.8),
    over_sympy("`symlstm --help`", COMMAND, "--help", bound=1),
    over_sympy("`import symlstm`", *PYTHON, "import symlstm", bound=0.5),
]
