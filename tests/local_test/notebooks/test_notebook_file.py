"""A file that is no notebook, and a kernel that is not there, are named in one sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.notebooks.kernels import check_python, choose_kernel
from local_test.notebooks.notebook_file import list_code_cells, read_notebook, write_notebook
from tests.local_test.notebooks.make_notebook import write_cells


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"print(1)",
        b"[1]",
        b"{}",
        b"\xff\xfe",
        b'{"nbformat": 4, "nbformat_minor": 5}',
        b"null",
    ],
)
def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"no Jupyter notebook: .*x\.ipynb") as refused:
        read_notebook(path)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read: .*x\.ipynb: No such file"):
        read_notebook(tmp_path / "x.ipynb")


def test_code_cells_that_are_not_empty_are_found(tmp_path: Path) -> None:
    notebook = read_notebook(write_cells(tmp_path / "x.ipynb", ["1", " \n", "2"]))
    assert [(index, cell.source) for index, cell in list_code_cells(notebook)] == [
        (1, "1"),
        (3, "2"),
    ]


def test_a_notebook_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "x.ipynb", ["1"])
    notebook = read_notebook(path)
    before = path.read_bytes()
    notebook.metadata["unwritable"] = object()
    with pytest.raises(TypeError):
        write_notebook(notebook, path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
    del notebook.metadata["unwritable"]
    write_notebook(notebook, path)
    assert read_notebook(path) == notebook


def test_the_kernel_is_that_of_the_notebook_unless_another_is_chosen(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "x.ipynb", ["1"])
    notebook = read_notebook(path)
    assert choose_kernel(notebook, path, None, None).command[0] == sys.executable
    python = tmp_path / "venv" / "bin" / "python"
    choice = choose_kernel(notebook, path, None, python)
    assert (choice.command[0], choice.programs) == (str(python), python.parent)


def test_a_missing_and_an_unknown_kernel_are_named(tmp_path: Path) -> None:
    path = write_cells(tmp_path / "x.ipynb", ["1"], kernel=None)
    with pytest.raises(UserError, match=r"names no kernel: .*x\.ipynb; choose one with --kernel"):
        choose_kernel(read_notebook(path), path, None, None)
    path = write_cells(tmp_path / "x.ipynb", ["1"], kernel="conda_python3")
    with pytest.raises(UserError, match=r"unknown kernel 'conda_python3': .*x\.ipynb \(there are"):
        choose_kernel(read_notebook(path), path, None, None)
    assert choose_kernel(read_notebook(path), path, "python3", None).name == "python3"


def test_a_python_without_ipykernel_is_named(tmp_path: Path) -> None:
    check_python(Path(sys.executable), os.environ)
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(UserError, match=r"ipykernel is not installed: .*python; install it with"):
        check_python(bare, os.environ)
    with pytest.raises(UserError, match=r"Python does not start: .*nowhere"):
        check_python(tmp_path / "nowhere", os.environ)
