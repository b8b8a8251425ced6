"""What all tests share."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from components import missing, required
from hypothesis import settings

pytest_plugins = ["pytester"]
collect_ignore = ["benchmarks"]

ROOT = Path(__file__).parent.parent

EVERYTHING = "SYMLSTM_TEST_EVERYTHING"
"""Set where every component is installed, so that no test has a reason to be skipped."""

# No test depends on time: the machines that run them are shared. Where everything is tested, so are
# more examples.
examples = 40 if os.environ.get(EVERYTHING) else 30
settings.register_profile("symlstm", deadline=None, print_blob=True, max_examples=examples)
settings.load_profile("symlstm")


def pytest_collection_modifyitems(items):
    """Leave out what takes its time, but where everything is tested."""
    if os.environ.get(EVERYTHING):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=f"slow; {EVERYTHING}=1 runs it"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(EVERYTHING) and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get(EVERYTHING) and skipped:
        terminalreporter.section(f"skipped, though {EVERYTHING} is set", red=True)
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr[-1]}")


@pytest.fixture
def root():
    return ROOT


@pytest.fixture
def article():
    """The article's network, bound."""
    from symlstm import LSTM

    cell = LSTM(units=1, activation="linear", recurrent_activation="linear")
    return cell.bind(kernel=1, recurrent_kernel=1, bias=0)


@pytest.fixture
def compile_latex(tmp_path):
    """Compile LaTeX with the real pdflatex; return its log."""
    if shutil.which("pdflatex") is None:
        missing("pdflatex")

    def compile_(text):
        (tmp_path / "document.tex").write_text(text, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, check=False, encoding="latin-1"
        )
        assert done.returncode == 0, done.stdout[-2000:]
        return (tmp_path / "document.log").read_text(encoding="latin-1")

    return compile_


@pytest.fixture(scope="session")
def in_browser():
    """Do something with a page of the real Chromium, in a thread: its event loop is its own."""
    program = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        missing("Chromium with Playwright")
    options = ["--no-sandbox", "--disable-background-networking"]
    with ThreadPoolExecutor(1) as thread:

        def there(do, *given, **named):
            return thread.submit(do, *given, **named).result()

        playwright = there(sync_playwright().start)
        browser = there(playwright.chromium.launch, executable_path=program, args=options)
        page = there(browser.new_page)
        yield lambda do: there(do, page)
        there(browser.close)
        there(playwright.stop)


@pytest.fixture
def audit():
    """An audit in threads of this process, which start at once."""
    import symlstm

    with ThreadPoolExecutor(2) as executor:
        yield lambda *args, **options: symlstm.audit(*args, executor=executor, **options)


@pytest.fixture(scope="session")
def onnx():
    """ONNX, with its runtime."""
    return required("onnx and onnxruntime", "onnx", "onnxruntime")[0]


@pytest.fixture(scope="session")
def keras(tmp_path_factory):
    """Keras on PyTorch, which CI installs; its settings file goes elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        yield required("Keras on PyTorch", "keras", "torch")[0]
