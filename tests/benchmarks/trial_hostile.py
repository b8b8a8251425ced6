"""The longest that a hostile derivation file takes, of 2,000."""

import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "derivations"))
from hostile import files

from symlstm import load
from symlstm.command.check import _found
from symlstm.errors import SymlstmError

TRIES = 2000
taken = []


@given(files())
@settings(
    max_examples=TRIES, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def each(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.derivation.toml"
        path.write_text(text, encoding="utf-8")
        start, how = time.process_time(), "done"
        try:
            derivation = load(path, written=True)
            _found(derivation)
            derivation.write("latex")
        except SymlstmError:
            how = "refused"
        taken.append((time.process_time() - start, how, text))


if __name__ == "__main__":
    each()
    taken.sort(reverse=True)
    refused = sum(how == "refused" for _, how, _ in taken)
    print(
        f"{len(taken)} files, {refused} refused; the longest took {taken[0][0]:.2f} s of processor"
    )
    print(taken[0][2] if "-v" in sys.argv else "")
