"""`make setup` on a machine that is not ready says what to do, in one sentence."""

import subprocess
import sys

from scripts.checkout.shell import ROOT

RUN = "import runpy; runpy.run_path('scripts/setup.py', run_name='__main__')"


def setup(before: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a Python that has first been made poorer."""
    command = [sys.executable, "-c", f"import sys; {before}; {RUN}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_an_old_python_is_told_which_is_needed() -> None:
    ended = setup("sys.version_info = (3, 9, 2)")
    assert ended.returncode == 1
    assert ended.stderr.startswith(
        f"Tandem needs Python 3.11 or newer and {sys.executable} is 3.9.2;"
    )


def test_a_python_without_venv_is_told_how_to_get_it() -> None:
    ended = setup("sys.modules['ensurepip'] = None")
    assert ended.returncode == 1
    assert "python3-venv" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
