"""Containers that the SageMaker SDK starts with a user's code: see ../programs/sdk_starts*.py.

On the process engine alone: its programs have boto3 and find the SDK by a variable.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.lock import aws_clients
from tests.clients.account import ROLE, Account, name_image, run_service
from tests.clients.conftest import Shell
from tests.clients.test_sdk_v3 import TRUST

PROGRAMS = Path(__file__).parents[1] / "programs"
TRAIN = """
import argparse, json, os, pathlib
import helper
try:
    import extra
except ImportError:
    extra = helper
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--name", default="none")
given = parser.parse_args()
data = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "a.csv").read_text()
seen = [given.depth, given.name, helper.NAME, extra.NAME, data, os.environ.get("COLOUR")]
pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
"""
PROCESS = """
import json, pathlib, sys
import helper
data = pathlib.Path("/opt/ml/processing/input/data/a.csv").read_text()
config = json.loads(pathlib.Path("/opt/ml/config/processingjobconfig.json").read_text())
seen = [sys.argv[1:], helper.NAME, data, config["AppSpecification"]["ContainerArguments"]]
pathlib.Path("/opt/ml/processing/output/seen.json").write_text(json.dumps(seen))
"""
INFERENCE = """
import pathlib
import helper
def model_fn(model_dir):
    return float(pathlib.Path(model_dir, "factor").read_text())
def input_fn(data, content_type):
    return [float(cell) for cell in data.split(",")]
def predict_fn(data, model):
    return [model * cell for cell in data]
def output_fn(prediction, accept):
    return helper.NAME + "," + ",".join(map(str, prediction)), "text/csv"
"""
CODE = {
    "train.py": TRAIN,
    "process.py": PROCESS,
    "inference.py": INFERENCE,
    "helper.py": "NAME = 'helper'\n",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with run_service("process", tmp_path_factory.mktemp("starts")) as account:
        account.bucket("starts", **{"in/a.csv": "1,2\n"})
        yield account


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's code as a folder and as a git repository, and a model archive."""
    folder = tmp_path_factory.mktemp("code")
    for name in ("code", "extra"):
        (folder / name).mkdir()
    (folder / "extra" / "__init__.py").write_text("NAME = 'extra'\n")
    for name, text in CODE.items():
        (folder / "code" / name).write_text(text)
    (folder / "factor").write_text("10")
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        tar.add(folder / "factor", "factor")
    git = ("git", "-c", "user.name=any", "-c", "user.email=any@example.org", "-C", folder / "code")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "all")):
        subprocess.run([*git, *words], check=True)
    # The SDK takes no file:// address; HOME of the client is this folder.
    instead = f'[url "file://{folder}/"]\n\tinsteadOf = https://git.example.org/\n'
    (folder / ".gitconfig").write_text(instead)
    subprocess.run(
        ["git", "clone", "-q", "--bare", folder / "code", folder / "code.git"], check=True
    )
    return folder


@pytest.fixture(scope="module")
def results(service: Account, folder: Path) -> dict[str, Any]:
    """What came of each function; the SDK takes seconds to import, so one process runs them all."""
    client, file = Shell(aws_clients.prepare_client(), service.url, folder), folder / "v2.json"
    words = (ROLE, name_image("preprocessor"), str(folder), "s3://starts", str(file))
    client("python", str(PROGRAMS / "sdk_starts.py"), *words)
    return dict(json.loads(file.read_bytes()))


def read_seen(archive: str) -> list[Any]:
    with tarfile.open(archive) as tar:
        content = tar.extractfile("seen.json")
        assert content is not None
        return list(json.load(content))


def test_code_of_a_folder_of_s3_and_of_git_trains(results: dict[str, Any]) -> None:
    jobs = results["estimators"]
    assert [read_seen(job["archive"]) for job in jobs] == [
        [3, "from a folder", "helper", "extra", "1,2\n", "red"],
        [4, "from S3", "helper", "extra", "1,2\n", None],
        [5, "from git", "helper", "helper", "1,2\n", None],
    ]
    assert jobs[0]["submitted"].startswith("s3://starts/kept/")
    assert jobs[1]["submitted"] == jobs[0]["submitted"]


def test_a_models_own_code_serves(results: dict[str, Any]) -> None:
    assert results["served"] == [["helper", "20.0", "30.0"]]


def test_a_processor_runs_a_packed_script(results: dict[str, Any]) -> None:
    arguments = ["--share", "0.25"]
    assert results["processor"] == [arguments, "helper", "1,2\n", arguments]


def test_a_remote_function_returns_its_result(results: dict[str, Any]) -> None:
    assert results["remote_function"] == {"quotient": 0.25, "elsewhere": True}


def test_version_3_trains_source_code(service: Account, folder: Path, tmp_path: Path) -> None:
    role = service.client("iam").create_role(
        RoleName="v3-starts", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    shell = Shell(aws_clients.prepare_client("clients-v3"), service.url, tmp_path)
    words = (role["Role"]["Arn"], name_image("xgboost"), str(folder / "code"), "s3://starts")
    shell("python", str(PROGRAMS / "sdk_starts_v3.py"), *words, str(tmp_path / "v3.json"))
    results = json.loads((tmp_path / "v3.json").read_bytes())
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(service.get(results["script"]))
    assert read_seen(str(archive)) == [3, "none", "helper", "helper", "1,2\n", "red"]
    assert results["entrypoint"] == ["/bin/bash"]
