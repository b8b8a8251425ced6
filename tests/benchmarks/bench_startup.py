"""The command and the package, against importing SymPy."""

import subprocess
import sys
from pathlib import Path

from timing import compare, report

COMMAND = Path(sys.executable).with_name("symlstm")


def program(*arguments):
    return lambda: subprocess.run(arguments, check=True, capture_output=True)


if __name__ == "__main__":
    derive, import_us, import_sympy, help_ = compare(
        program(COMMAND, "derive"),
        program(sys.executable, "-c", "import symlstm"),
        program(sys.executable, "-c", "import sympy"),
        program(COMMAND, "--help"),
    )
    report("symlstm derive / import sympy", derive, import_sympy, bound=2.5)
    report("import symlstm / import sympy", import_us, import_sympy, bound=0.5)
    report("symlstm --help / import sympy", help_, import_sympy, bound=1)
