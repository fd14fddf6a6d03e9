"""Lines that install packages are skipped and say so; every other line stays as it is."""

from __future__ import annotations

import pytest

from local_test.notebooks.install_lines import skip_installs

SKIPPED = "skipped (--skip-installs): "


@pytest.mark.parametrize(
    "command",
    [
        "pip install -U sagemaker",
        "pip3 install 'sagemaker>=2,<3'",
        "{sys.executable} -m pip install --upgrade pip",
        "python3.11 -m pip --quiet install x",
        "/opt/conda/bin/python -m pip install x",
        "conda install -y -c conda-forge x",
        "sudo apt-get -qq update",
        "apt install -y graphviz",
        "uv pip install x",
        "pip uninstall -y x",
    ],
)
def test_a_shell_line_that_installs_is_skipped(command: str) -> None:
    source = f"a = 1\n  !{command}\nb = 2"
    first, line, last = skip_installs(source).split("\n")
    assert (first, last) == ("a = 1", "b = 2")
    assert line.startswith("  !echo ")
    assert SKIPPED in line


@pytest.mark.parametrize("line", ["%pip install x==1", "pip install x==1", "%conda install x==1"])
def test_a_magic_that_installs_is_skipped(line: str) -> None:
    [call] = skip_installs(line).split("\n")
    assert call == f"print('{SKIPPED}{line.lstrip('%')}')"


def test_other_commands_of_a_line_are_kept() -> None:
    line = skip_installs("!cd src && pip install -r a.txt; ls")
    assert line == f"!cd src && echo '{SKIPPED}pip install -r a.txt'; ls"
    assert skip_installs("out = !pip install x").startswith("out = !echo ")


def test_a_continued_line_is_one_line() -> None:
    line = skip_installs("!pip install a \\\n    b\nprint(1)")
    assert line == f"!echo '{SKIPPED}pip install a b'\nprint(1)"


def test_cells_of_a_shell_are_read_line_by_line() -> None:
    source = "%%bash\nset -e\npip install x\naws s3 ls"
    assert skip_installs(source) == f"%%bash\nset -e\necho '{SKIPPED}pip install x'\naws s3 ls"
    assert SKIPPED in skip_installs("%%capture out\n!pip install x")


@pytest.mark.parametrize(
    "source",
    [
        "%%writefile setup.sh\npip install x",
        "%%html\n!pip install x",
        "text = 'pip install x'",
        "# !pip install x",
        "!pip list",
        "!pip show sagemaker",
        "!docker build -t x .",
        "pip = install",
        "%matplotlib inline",
        "!aws s3 cp a b",
    ],
)
def test_everything_else_stays(source: str) -> None:
    assert skip_installs(source) == source
