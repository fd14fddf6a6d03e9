"""The record of Amazon's notebooks, and the notebooks themselves where a clone is at hand."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from scripts.docs import notebooks
from scripts.docs.notebook_tracking import fill_placeholder
from scripts.docs.notebooks import PAGE, RECORD, TARGETS, Target

CLONE = os.environ.get("TANDEM_NOTEBOOKS", "")
NOT_AT_HAND = (
    "no clone of Amazon's notebooks: set TANDEM_NOTEBOOKS (the clone), TANDEM_NOTEBOOKS_PYTHON and"
    " TANDEM_NOTEBOOKS_SAMPLES as scripts/docs/notebooks.py describes"
)


def test_the_page_is_what_the_record_says() -> None:
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    assert PAGE.read_text() == notebooks.format_page(record)


def commit(folder: Path, **files: str) -> None:
    """Make a repository with one commit."""
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "Files"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)


def test_a_notebook_is_copied_with_the_files_of_its_folder(tmp_path: Path) -> None:
    clone, folder = tmp_path / "clone", tmp_path / "folder"
    clone.mkdir()
    names = ("   own/n.ipynb", "   own/data/a.csv", " shared/n.ipynb", " shared/b.csv")
    commit(clone, **dict.fromkeys((*names, " shared/other.ipynb", " shared/more/c.csv"), "x"))
    files = notebooks.list_files(clone)
    assert sorted(files) == sorted(
        name.strip() for name in (*names, " shared/other.ipynb", " shared/more/c.csv")
    )

    def copy(target: Target, to: Path) -> list[str]:
        notebooks.copy_folder(clone, files, target, to)
        return sorted(path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file())

    own = Target("own/n.ipynb", ("shared/b.csv",))
    assert copy(own, folder / "1") == ["b.csv", "data/a.csv", "n.ipynb"]
    assert copy(Target("shared/n.ipynb"), folder / "2") == ["b.csv", "n.ipynb"]
    copy(Target("own/n.ipynb", earlier="shared/n.ipynb"), folder / "3")
    assert sorted(path.name for path in (folder / "3-earlier").iterdir()) == ["b.csv", "n.ipynb"]


@pytest.mark.parametrize("name", ["sagemaker-xgboost:1.7-1", "sagemaker-model-monitor-analyzer"])
def test_what_stood_in_is_read_from_the_logs(tmp_path: Path, name: str) -> None:
    line = (
        "image tandem-xgboost:0.1.0 stands in for"
        f" 683313688378.dkr.ecr.us-east-1.amazonaws.com/{name} (xgboost 3.2.0)"
    )
    (tmp_path / "job.jsonl").write_text(f"{json.dumps([0, line])}\n{json.dumps([1, 'loss'])}\n")
    assert list(notebooks.find_stand_ins(tmp_path)) == [
        f"{name}: tandem-xgboost:0.1.0 (xgboost 3.2.0)"
    ]


def test_a_row_names_the_cell_that_failed() -> None:
    cells = [
        {"number": 1, "status": "ok", "seconds": 2.4, "error": ""},
        {"number": 2, "status": "error", "seconds": 1.0, "error": "KeyError: 'a|b'"},
        {"number": 3, "status": "not run", "seconds": 0.0, "error": ""},
    ]
    report = {"cells": cells, "stand_ins": [], "clients": ["boto3 1.2"], "executions": ["Failed"]}
    report |= {"filled": ["your arn"], "earlier": "m (1 of 1 cells)"}
    summary = notebooks.summarize(report) | {"commit": "2d519b52c3", "note": "a note"}
    assert (summary["ok"], summary["cells"], summary["seconds"]) == (1, 3, 3)
    page = notebooks.format_page({"a/n.ipynb": summary})
    filled = "filled in, as its reader does: the ARN of an MLflow server for `your arn`"
    after = "run after m (1 of 1 cells); a note"
    remarks = f"stops at cell 2: KeyError: 'a\\|b'; pipeline execution: Failed; {filled}; {after}"
    row = f"| a/n.ipynb | 2d519b52 | boto3 1.2 | 1 of 3 | 3 | none | {remarks} |"
    assert page.splitlines()[-1] == row


def test_a_placeholder_is_filled_where_it_is_the_only_one(tmp_path: Path) -> None:
    notebook = tmp_path / "n.ipynb"
    cell = {"source": ['arn = "your arn"  # your arn']}
    notebook.write_text(json.dumps({"cells": [cell]}))
    fill_placeholder(notebook, "your arn", "arn:aws:a")
    [filled] = json.loads(notebook.read_text())["cells"]
    assert filled["source"] == ['arn = "arn:aws:a"  # your arn']
    with pytest.raises(ValueError, match="does not have 'your arn' once"):
        fill_placeholder(notebook, "your arn", "arn:aws:a")


def test_the_versions_are_those_of_the_kernel() -> None:
    assert f"boto3 {version('boto3')}" in notebooks.read_versions(sys.executable)


@pytest.mark.skipif(not CLONE, reason=NOT_AT_HAND)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_notebook_runs_from_the_first_to_the_last_cell(target: Target, tmp_path: Path) -> None:
    files = notebooks.list_files(Path(CLONE))
    notebooks.copy_folder(Path(CLONE), files, target, tmp_path / "notebook")
    arguments = argparse.Namespace(
        python=Path(os.environ["TANDEM_NOTEBOOKS_PYTHON"]),
        samples=Path(os.environ["TANDEM_NOTEBOOKS_SAMPLES"]),
        images="",
    )
    summary = notebooks.summarize(notebooks.run_notebook(target, tmp_path / "notebook", arguments))
    assert (summary["error"], summary["ok"]) == ("", summary["cells"])
    assert set(summary["executions"]) <= {"Succeeded"}


def test_notebooks_are_chosen_by_name_with_or_without_a_prefix() -> None:
    both = notebooks.choose_targets(["pipelines_step_caching", "sm-pipelines_step_decorator"])
    assert [target.name for target in both] == [
        "sm-pipelines_step_caching",
        "sm-pipelines_step_decorator",
    ]
    assert notebooks.choose_targets([]) == list(TARGETS)
    with pytest.raises(SystemExit, match=r"no notebook has the name caching\. Use one of: "):
        notebooks.choose_targets(["caching"])
