"""Training jobs and an endpoint of the local service, on one engine."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.features.running_service import REGION, Clients, run_service
from benchmarks.harness.benchmark import Figures
from benchmarks.harness.process_usage import BenchmarkFailed
from local_test.engines import select_engine
from local_test.errors import UserError

JOBS_AT_ONCE = 20
_IMAGE, _BUCKET, _ROLE = "tandem-xgboost", "jobs", "arn:aws:iam::123456789012:role/any"
_ROWS, _WIDTH, _CALLS = 1000, 10, 200
_PAUSE_SECONDS, _MOST_SECONDS = 0.1, 900.0


def list_engines() -> list[str]:
    """Return the engines that have the image: processes, and Docker where it has it."""
    try:
        select_engine("docker", [_IMAGE])
    except UserError:
        return ["process"]
    return ["process", "docker"]


def measure_jobs(engine: str, folder: Path) -> Figures:
    """Train once, deploy, invoke, and train twenty times at once."""
    shutil.rmtree(folder, ignore_errors=True)
    with run_service(folder, engine=engine) as clients:
        process = int(urllib3.request("GET", f"{clients.url}/_health").json()["pid"])
        sagemaker = clients.make("sagemaker", attempts=5)
        _put_rows(clients.s3)
        began = time.perf_counter()
        _train(sagemaker, "first")
        artifact = _wait_for_job(sagemaker, "first")["ModelArtifacts"]["S3ModelArtifacts"]
        figures = {"train_s": time.perf_counter() - began}
        figures |= _measure_endpoint(clients, artifact)
        before, began = read_memory(process), time.perf_counter()
        names = [f"job-{number}" for number in range(JOBS_AT_ONCE)]
        for name in names:
            _train(sagemaker, name)
        ended = [_wait_for_job(sagemaker, name) for name in names]
        figures["twenty_s"] = time.perf_counter() - began
        figures["completed"] = float(sum("ModelArtifacts" in job for job in ended))
        figures["memory_mb"] = read_memory(process) / 1e6
        figures["grown_mb"] = (read_memory(process) - before) / 1e6
    return figures


def read_memory(process: int) -> int:
    """Return the resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _measure_endpoint(clients: Clients, artifact: str) -> Figures:
    sagemaker, runtime = clients.make("sagemaker", 5), clients.make("sagemaker-runtime")
    container = {"Image": _IMAGE, "ModelDataUrl": artifact}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=_ROLE)
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
    variant |= {"InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    began = time.perf_counter()
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    while sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] != "InService":
        if time.perf_counter() - began > _MOST_SECONDS:
            raise BenchmarkFailed("the endpoint does not come into service")
        time.sleep(_PAUSE_SECONDS)
    in_service = time.perf_counter() - began
    row = ",".join(["0.5"] * _WIDTH)
    ask = {"EndpointName": "e", "ContentType": "text/csv", "Body": row}
    runtime.invoke_endpoint(**ask)["Body"].read()
    began = time.perf_counter()
    for _ in range(_CALLS):
        runtime.invoke_endpoint(**ask)["Body"].read()
    invoke = (time.perf_counter() - began) / _CALLS
    sagemaker.delete_endpoint(EndpointName="e")
    return {"in_service_s": in_service, "invoke_ms": invoke * 1e3}


def _put_rows(s3: Any) -> None:
    chance = random.Random(0)  # noqa: S311 - the same rows each time
    lines = [
        ",".join(f"{chance.random():.4f}" for _ in range(_WIDTH + 1)) + "\n" for _ in range(_ROWS)
    ]
    s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=_BUCKET, Key="in/rows.csv", Body="".join(lines).encode())


def _train(sagemaker: Any, name: str) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{_BUCKET}/in"}
    channel = {"ChannelName": "train", "ContentType": "text/csv"}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": _IMAGE, "TrainingInputMode": "File"},
        RoleArn=_ROLE,
        InputDataConfig=[channel | {"DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": f"s3://{_BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        HyperParameters={"num_round": "5"},
    )


def _wait_for_job(sagemaker: Any, name: str) -> dict[str, Any]:
    """Return the description of a job that has completed. Raises BenchmarkFailed if it fails."""
    until = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < until:
        job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] == "Completed":
            return job
        if job["TrainingJobStatus"] in {"Failed", "Stopped"}:
            raise BenchmarkFailed(f"{name}: {job.get('FailureReason', job['TrainingJobStatus'])}")
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkFailed(f"{name} has not ended after {_MOST_SECONDS:.0f} s")
