"""`notebook`: the environment of `run`, a line a cell, and one sentence for what is wrong."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from local_test.cli import main
from tests.clients.account import Account
from tests.local_test.answers import read_answer
from tests.local_test.commands.programs import run_command, start_command
from tests.local_test.notebooks.make_notebook import write_cells

CALLS = [
    "import boto3, urllib.request\ns3 = boto3.client('s3')\ns3.create_bucket(Bucket='cells')",
    "s3.put_object(Bucket='cells', Key='a.csv', Body=b'1,2', ACL='public-read')",
    "address = 'https://cells.s3.amazonaws.com/a.csv'\nurllib.request.urlopen(address).read()",
]


def test_a_notebooks_requests_to_aws_reach_the_service(tmp_path: Path, service: Account) -> None:
    path = write_cells(tmp_path / "calls.ipynb", [*CALLS, "1/0"])
    executed = tmp_path / "executed.ipynb"
    code, out, err = run_command(
        tmp_path, service.url, "notebook", str(path), "--json", "--output", str(executed)
    )
    told = read_answer("notebook", out)
    assert [cell["status"] for cell in told["cells"]] == ["ok", "ok", "ok", "error"], err
    assert code == 1
    outputs = json.loads(executed.read_text())["cells"][3]["outputs"]
    assert outputs[0]["data"]["text/plain"] == ["b'1,2'"]
    assert list(tmp_path.glob("local-sagemaker-*")) == []


def test_a_signal_ends_the_kernel_and_the_executed_cells_are_written(
    tmp_path: Path, service: Account
) -> None:
    cells = ["print('first')", "import time; time.sleep(600)", "print('never')"]
    path = write_cells(tmp_path / "waits.ipynb", cells)
    executed = tmp_path / "executed.ipynb"
    options = (str(path), "--output", str(executed))
    with start_command(tmp_path, service.url, "notebook", *options) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("[1/3] ok")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.splitlines()[-1][:18]) == (128 + 15, "1 of 3 code cells "), err
    assert json.loads(executed.read_text())["cells"][1]["outputs"][0]["text"] == ["first\n"]
    assert list(tmp_path.glob("local-sagemaker-*")) == []


def test_what_is_no_notebook_is_named_before_a_service_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.ipynb").write_text("print(1)")
    bare = write_cells(tmp_path / "bare.ipynb", ["1"], kernel=None)
    for arguments, sentence in {
        (str(tmp_path / "text.ipynb"),): "error: no Jupyter notebook: ",
        (str(bare),): "error: the notebook names no kernel: ",
        (str(bare), "--python", str(tmp_path)): "error: Python does not start: ",
        (str(bare), "--kernel", "julia"): "error: unknown kernel 'julia': ",
        (str(bare), "--output", str(tmp_path)): "error: the executed notebook cannot be written: ",
    }.items():
        assert main(["notebook", *arguments, "--state", str(tmp_path / "state")]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n"), err[: len(sentence)]) == ("", 1, sentence)
    assert not (tmp_path / "state").exists()
    with pytest.raises(SystemExit, match="2"):
        main(["notebook", str(bare), "--cell-timeout", "0"])
    assert "'0' is no number of seconds above 0" in capsys.readouterr().err
