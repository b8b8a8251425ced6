"""The command and the package, against importing SymPy, in processor time."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import compare, report

COMMAND = Path(sys.executable).with_name("symlstm")


def program(*arguments, environment):
    return lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment)


def children():
    """Seconds that processes which have ended took of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiled(folder):
    """An environment in which modules are compiled once, as they are by installing them."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        environment = compiled(folder)
        derive, import_us, import_sympy, help_ = compare(
            program(COMMAND, "derive", environment=environment),
            program(sys.executable, "-c", "import symlstm", environment=environment),
            program(sys.executable, "-c", "import sympy", environment=environment),
            program(COMMAND, "--help", environment=environment),
            clock=children,
        )
    report("symlstm derive / import sympy", derive, import_sympy, bound=1.8)
    report("import symlstm / import sympy", import_us, import_sympy, bound=0.5)
    report("symlstm --help / import sympy", help_, import_sympy, bound=1)
