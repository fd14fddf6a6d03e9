"""From raw data to an approved model behind an endpoint: `python -m examples.abalone.mlops`.

The files of deploy/pipelines run on a local SageMaker as they run on AWS: the pipeline registers
a model, and its approval deploys it. Drifted data makes a monitor start the pipeline again, and the
second version replaces the first by a canary.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from examples import service
from examples.abalone import data, drift
from local_test.engines import ENGINE_NAMES
from scripts.checkout.shell import ROOT, Failure
from scripts.lock import aws_clients

NAME = "abalone"
BUCKET = "abalone-data"
RECORD = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15\n"
CANARY_SECONDS = 5
_FOLDER = ROOT / "deploy" / "pipelines"
_SECONDS_TO_DEPLOY = 300
_PAUSE = 0.2


def main(words: Sequence[str] | None = None) -> int:
    """Run the loop; return the exit code."""
    parser = argparse.ArgumentParser(prog="abalone.mlops", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "abalone-mlops")
    arguments = parser.parse_args(words)
    try:
        source = data.fetch()
        with service.run_service(arguments.engine, arguments.output / "service") as local:
            _Loop(local).run(source)
    except (RuntimeError, Failure) as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    return 0


class _Loop:
    """The commands of the loop, and the clients that look at what they do."""

    def __init__(self, local: service.ServiceClient) -> None:
        self._local = local
        self._python = aws_clients.prepare_client() / "python"
        self._sagemaker = self._make_client("sagemaker")

    def run(self, source: Path) -> None:
        """Run the pipeline and approve its package, again after the data has drifted."""
        s3 = self._make_client("s3")
        s3.create_bucket(Bucket=BUCKET)  # in us-east-1 the owner may create it again
        s3.upload_file(str(source), BUCKET, "raw/abalone.csv")
        self._call(
            "deployment.install", "--endpoint", NAME, "--group", NAME, "--role", service.ROLE,
            "--wait-seconds", str(CANARY_SECONDS),
        )  # fmt: skip
        self._call(
            "pipelines.run_pipeline", "--module-name", "pipelines.abalone.pipeline",
            "--role-arn", service.ROLE, "--poll", "1",
            "--kwargs", json.dumps({"data": f"s3://{BUCKET}/raw"}),
        )  # fmt: skip
        self._approve(self._find_newest())
        monitor = drift.DriftMonitor(self._local.url, self._make_client, BUCKET)
        monitor.schedule()
        self._call(
            "deployment.retraining", "--schedule", drift.SCHEDULE, "--pipeline", NAME,
            "--role", service.ROLE,
        )  # fmt: skip
        monitor.drift(source)
        monitor.wait_for_training(NAME)
        newest = self._find_newest()
        print(monitor.read_card(newest["ModelPackageArn"]), flush=True)
        with self._ask_meanwhile():
            self._approve(newest)
        print(f"rings of one abalone: {self._ask():.2f}")

    def _call(self, module: str, *words: str) -> None:
        """Run a module of deploy/pipelines as a client of the service."""
        self._local.run_module(module, *words, python=self._python, folder=_FOLDER)

    def _find_newest(self) -> dict[str, Any]:
        """Return the summary of the newest model package."""
        listed = self._sagemaker.list_model_packages(
            ModelPackageGroupName=NAME, SortBy="CreationTime", SortOrder="Descending"
        )
        return dict(listed["ModelPackageSummaryList"][0])

    def _approve(self, newest: Mapping[str, Any]) -> None:
        """Approve a model package, and wait until it serves."""
        version, arn = newest["ModelPackageVersion"], newest["ModelPackageArn"]
        package = f"{NAME}/{version}"
        started = time.perf_counter()
        self._sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        print(f"approved {package}", flush=True)
        while (status := self._find_status(version)) != "InService":
            if time.perf_counter() - started > _SECONDS_TO_DEPLOY or status == "Failed":
                raise RuntimeError(f"{package} does not serve: the endpoint is {status}")
            time.sleep(_PAUSE)
        print(f"  serves after {time.perf_counter() - started:.1f} s\n", flush=True)

    def _find_status(self, version: int) -> str:
        """Return the endpoint's status, `Waiting` while it is not on the way to this version."""
        if not self._has_endpoint():
            return "Waiting"
        endpoint = self._sagemaker.describe_endpoint(EndpointName=NAME)
        status = str(endpoint["EndpointStatus"])
        reached = endpoint["EndpointConfigName"].startswith(f"{NAME}-{version}-")
        return status if reached or status != "InService" else "Waiting"

    def _has_endpoint(self) -> bool:
        found = self._sagemaker.list_endpoints(NameContains=NAME, StatusEquals="InService")
        return bool(found["Endpoints"])

    def _ask(self) -> float:
        answer = self._make_client("sagemaker-runtime").invoke_endpoint(
            EndpointName=NAME, ContentType="text/csv", Body=RECORD
        )
        return float(answer["Body"].read())

    @contextmanager
    def _ask_meanwhile(self) -> Iterator[None]:
        """Send requests to an endpoint that is there, one after the other.

        Raises RuntimeError when one is not answered.
        """
        asking = self._has_endpoint()
        answers, errors, done = Counter[float](), list[str](), threading.Event()

        def ask() -> None:
            while not done.is_set():
                try:
                    answers[round(self._ask(), 4)] += 1
                except self._sagemaker.exceptions.ClientError as error:
                    errors.append(str(error))

        thread = threading.Thread(target=ask)
        if asking:
            thread.start()
        try:
            yield
        finally:
            done.set()
            if asking:
                thread.join()
        if errors:
            raise RuntimeError(f"{len(errors)} requests were not answered: {errors[0]}")
        if asking:
            counts = ", ".join(f"{count} times {value}" for value, count in answers.items())
            print(f"answers meanwhile: {counts}\n", flush=True)

    def _make_client(self, name: str) -> Any:
        environment = self._local.environment
        return boto3.client(
            name,
            endpoint_url=self._local.url,
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )


if __name__ == "__main__":
    raise SystemExit(main())
