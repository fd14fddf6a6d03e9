"""`make setup` on a machine that is not ready says what to do, in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import setup as script
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


def test_a_missing_network_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    index = [
        "--index-url",
        "http://127.0.0.1:1/simple",
        "--retries",
        "1",
        "--target",
        str(tmp_path),
    ]
    with pytest.raises(SystemExit) as raised:
        script.install([sys.executable, "-m", "pip", "install", *index, "tandem-nowhere==1"], 1)
    assert str(raised.value).startswith("The package index cannot be reached: check the network")
    assert "No matching distribution found" in capsys.readouterr().err


def test_progress_is_a_line_every_25_packages(capsys: pytest.CaptureFixture[str]) -> None:
    script.install([sys.executable, "-c", "for i in range(60): print('Collecting', i)"], 60)
    assert capsys.readouterr().out == "  25 of 60 ...\n  50 of 60 ...\n"


def test_another_failure_names_the_lock(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        script.install([sys.executable, "-c", "print('hashes differ'); raise SystemExit(1)"], 1)
    assert str(raised.value) == "requirements.lock was not installed: see the lines above."
    assert capsys.readouterr().err == "hashes differ\n"
