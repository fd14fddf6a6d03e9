"""Programs and a notebook that name no local address: `run` and `notebook` do the rest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.lock import aws_clients
from tests.clients.account import Account, run_service
from tests.local_test.commands.programs import run_command

PROGRAMS = Path(__file__).parent / "programs"
ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-local"
BUCKET = "sagemaker-us-east-1-123456789012"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with run_service("process", tmp_path_factory.mktemp("unchanged")) as account:
        yield account


def test_the_first_cells_of_notebooks_run(tmp_path: Path, service: Account) -> None:
    """Version 2 of the SDK, boto3, urllib, requests and the AWS CLI, at the addresses of AWS."""
    notebook = Path(shutil.copy(PROGRAMS / "first_cells.ipynb", tmp_path))
    executed = tmp_path / "executed.ipynb"
    python = aws_clients.prepare_client() / "python"
    options = ("--python", str(python), "--skip-installs", "--json", "--output", str(executed))
    code, out, err = run_command(tmp_path, service.url, "notebook", str(notebook), *options)
    told = json.loads(out)
    assert [cell["status"] for cell in told["cells"]] == ["ok"] * 8, err
    assert code == 0
    cells = json.loads(executed.read_text())["cells"][1:]
    printed = [
        "".join(
            line
            for item in cell["outputs"]
            if item.get("name") == "stdout"
            for line in item["text"]
        )
        for cell in cells
    ]
    assert printed[0] == "skipped (--skip-installs): pip install --quiet sagemaker\n"
    assert printed[2].split() == [ROLE, "us-east-1", BUCKET]
    assert printed[3].split() == [f"s3://{BUCKET}/first/train.csv", "1,2", "3,4"]
    assert printed[5].split() == ["5,6", "5,6", "1,2", "3,4"]
    assert printed[6].split()[-3:] == ["3", "a", "b.csv"]
    assert printed[7] == "[]\n"


def test_version_3_accepts_the_role(tmp_path: Path, service: Account) -> None:
    python = aws_clients.prepare_client("clients-v3") / "python"
    program = (str(python), str(PROGRAMS / "sdk_v3_identity.py"))
    code, out, err = run_command(tmp_path, service.url, "run", "--", *program)
    assert code == 0, err
    assert json.loads(out.splitlines()[-1]) == [ROLE, BUCKET, ROLE, ROLE]
