"""The SageMaker Python SDK's own local mode, with Debian's docker-compose: no service of ours."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from scripts.lock import aws_clients
from tests.conftest import absent, docker_engine

PROGRAM = Path(__file__).parent / "programs" / "sdk_local_mode.py"


@pytest.mark.docker
def test_the_sdk_trains_and_serves_the_image_by_itself(tmp_path: Path) -> None:
    docker_engine()
    if shutil.which("docker-compose") is None:
        absent("no docker-compose: it is a package of Debian")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if "AWS" not in name}
    # It asks for credentials and a region, and talks to nobody.
    environment |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    environment |= {"AWS_DEFAULT_REGION": "eu-central-1", "HOME": str(tmp_path)}
    python = str(aws_clients.prepare_client() / "python")
    done = subprocess.run(
        [python, str(PROGRAM), "tandem-xgboost:latest", str(port), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "told.json").read_bytes())
    assert [float(cell) for [cell] in told["answers"]] == [12.0, 18.0]
    assert told["model"] == f"file://{tmp_path}/out/model.tar.gz"
    assert "train-rmse:0.00000" in done.stdout
