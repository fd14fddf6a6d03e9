"""The monitors of the SageMaker SDK, unmodified: see ../programs/sdk_monitors.py.

On the process engine, with a small program in the place of Amazon's images.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.lock import aws_clients
from tests.clients.account import ROLE, Account, name_image, run_service, wait_until_settled
from tests.clients.conftest import Shell
from tests.local_test.service.resources.monitoring_schedules import watcher
from tests.local_test.standin import __file__ as standin
from tests.local_test.standins import install_program

PROGRAM = Path(__file__).parents[1] / "programs" / "sdk_monitors.py"
IMAGES = """
[[images]]
repository = ["sagemaker-model-monitor-*", "sagemaker-clarify-processing"]
image = "tandem-watcher"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("monitors")
    images = folder / "images.toml"
    images.write_text(IMAGES, encoding="utf-8")
    programs = tmp_path_factory.mktemp("programs")
    install_program(programs, "tandem-watcher", Path(watcher.__file__))
    install_program(programs, source=Path(standin))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        with run_service("process", folder / "state", "--images", str(images)) as account:
            yield account


def deploy(account: Account, bucket: str) -> None:
    """Deploy an endpoint that captures, and send it a request with ground truth."""
    image = {"Image": name_image("standin")}
    account.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=image)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[variant | {"InitialInstanceCount": 1}],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"{bucket}/captures",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
    )
    account.sagemaker.create_endpoint(EndpointName="houses", EndpointConfigName="c")
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName="houses"), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told
    account.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="houses", Body=b"1,2\n", ContentType="text/csv"
    )
    account.put(f"{bucket}/truth/{datetime.now(UTC):%Y/%m/%d/%H}/a.jsonl", '{"label": 1}\n')


def test_the_sdks_monitors_run_on_the_service(service: Account, tmp_path: Path) -> None:
    bucket = service.bucket("monitored")
    service.put(f"{bucket}/data/rows.jsonl", '{"rooms": 3}\n')
    service.put(f"{bucket}/config/analysis_config.json", "{}")
    deploy(service, bucket)
    shell = Shell(aws_clients.prepare_client(), service.url, tmp_path)
    seen, image = tmp_path / "seen.json", name_image("watcher")
    shell("python", str(PROGRAM), ROLE, bucket, "houses", image, str(seen))
    found = json.loads(seen.read_text())
    data = found["watch_data"]
    assert data["status"] == "Completed", data
    assert data["output"].startswith(f"{bucket}/reports/houses/data/")
    [(name, captured)] = data["statistics"]["files"].items()
    assert name.startswith("houses/v/")
    assert "endpointInput" in captured
    assert data["statistics"]["variables"]["sagemaker_monitoring_schedule_name"] == "data"
    assert data["statistics"]["scripts"]["baseline_constraints"] == '{"features": []}'
    assert (data["violations"], data["alerts"]) == ({"violations": []}, ["OK"])
    assert data["attached"] == "DefaultModelMonitor"
    assert (data["stopped"], data["started"]) == ("Stopped", ["Scheduled", "cron(0 7 ? * * *)"])
    assert found["watch_with_own_image"] == ["Completed", "red", image, "cron(0 * ? * * *)"]
    assert found["watch_quality"] == ["Completed", "ModelQualityMonitor"]
    assert found["watch_bias"] == ["Completed", "ModelBiasMonitor"]
    assert found["watch_attributions"] == ["Completed", "ModelExplainabilityMonitor"]
