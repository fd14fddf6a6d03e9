"""Cells run in one kernel, in their order, until one fails."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ipykernel.kernelspec import make_ipkernel_cmd

from local_test.notebooks.execution import ExecutionRequest, main
from local_test.notebooks.notebook_file import read_notebook
from tests.local_test.notebooks.make_notebook import write_cells


def make_request(folder: Path, cells: Sequence[str], **changes: Any) -> Path:
    """Write a request to run these cells, and give its file."""
    request = ExecutionRequest(
        notebook=str(write_cells(folder / "x.ipynb", cells)),
        output=str(folder / "out.ipynb"),
        kernel="python3",
        command=make_ipkernel_cmd(executable=sys.executable),
        variables={**os.environ, "ONLY_HERE": "yes"},
        cell_timeout=None,
        allow_errors=False,
        skip_installs=True,
        quiet=False,
        as_json=True,
    )
    path = folder / "request.json"
    replace(request, **changes).write(path)
    return path


def read_outputs(folder: Path) -> list[str]:
    """Give the printed text of each code cell."""
    notebook = read_notebook(folder / "out.ipynb")
    return [
        "".join(item.get("text", "") for item in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_cells_run_until_one_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cells = [
        "# a comment\nimport os\nprint(os.environ['ONLY_HERE'], os.getcwd())",
        "!pip install nothing",
        "1/0",
        "print('never')",
    ]
    assert main([str(make_request(tmp_path, cells))]) == 1
    out, err = capfd.readouterr()
    told = json.loads(out)
    assert (told["status"], told["output"]) == ("failed", str(tmp_path / "out.ipynb"))
    assert [(cell["source"], cell["status"]) for cell in told["cells"]] == [
        ("import os", "ok"),
        ("!pip install nothing", "ok"),
        ("1/0", "error"),
        ("print('never')", "not run"),
    ]
    assert told["cells"][2]["error"] == "ZeroDivisionError: division by zero"
    assert [line[:13] for line in err.splitlines() if line.startswith("[")] == [
        "[1/4] ok     ",
        "[2/4] ok     ",
        "[3/4] error  ",
    ]
    here, skipped, *rest = read_outputs(tmp_path)
    assert here == f"yes {tmp_path}\n"
    assert skipped.strip() == "skipped (--skip-installs): pip install nothing"
    assert rest == ["", ""]
    sources = [cell.source for cell in read_notebook(tmp_path / "out.ipynb").cells[1:]]
    assert sources == cells


def test_errors_may_be_allowed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    request = make_request(tmp_path, ["1/0", "print(2)"], allow_errors=True, as_json=False)
    assert main([str(request)]) == 1
    assert capfd.readouterr().out.splitlines()[-1].startswith("1 of 2 code cells ok in ")
    assert read_outputs(tmp_path) == ["", "2\n"]


def test_a_cell_over_its_time_limit_ends_the_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cells = ["print(1)", "import time; time.sleep(600)", "print(3)"]
    assert main([str(make_request(tmp_path, cells, cell_timeout=1.5))]) == 1
    told = json.loads(capfd.readouterr().out)
    assert [cell["status"] for cell in told["cells"]] == ["ok", "timeout", "not run"]
    sentence = "the cell took longer than 1.5 s. Allow more with --cell-timeout."
    assert told["cells"][1]["error"] == sentence


def test_a_kernel_that_ends_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cells = ["import os; os._exit(3)", "print(2)"]
    assert main([str(make_request(tmp_path, cells, allow_errors=True))]) == 1
    told = json.loads(capfd.readouterr().out)
    assert [cell["status"] for cell in told["cells"]] == ["dead kernel", "not run"]


def test_a_kernel_that_does_not_start_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    request = make_request(tmp_path, ["1"], command=["false", "{connection_file}"])
    assert main([str(request)]) == 1
    assert "error: the kernel does not start: python3" in capfd.readouterr().err
    assert not (tmp_path / "out.ipynb").exists()
