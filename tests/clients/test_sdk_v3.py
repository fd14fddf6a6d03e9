"""Version 3 of the SageMaker Python SDK, unchanged, in an environment of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_test.engines import Engine
from scripts.lock import aws_clients
from tests.clients.account import Account, wait_until_deleted
from tests.clients.conftest import Shell, told_once

PROGRAM = Path(__file__).parent / "programs" / "sdk_v3.py"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def test_a_trainer_trains_and_a_builder_deploys_what_it_trained(
    account: Account, engine: Engine, tmp_path: Path
) -> None:
    told_once(engine)
    role = account.client("iam").create_role(
        RoleName="v3", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    shell = Shell(aws_clients.prepare_client("clients-v3"), account.url, tmp_path)
    shell("python", str(PROGRAM), role["Role"]["Arn"], "latest", str(tmp_path / "told"))
    told = json.loads((tmp_path / "told").read_bytes())
    assert (told["status"], told["metrics"]) == ("Completed", {"train:rmse": 0.0})
    assert told["deployed"] == told["model"]
    assert told["model"].endswith("/output/model.tar.gz")
    arn, approval = told["package"]
    assert arn.endswith(":model-package/v3-numbers/1")
    assert (approval, told["metadata"]) == ("Approved", {"owner": "a"})
    assert (told["found"], told["variant"]) == (["v3-numbers"], "AllTraffic")
    assert [float(line) for line in told["answer"].split()] == pytest.approx([12.0, 18.0])
    wait_until_deleted(account, "v3-")
