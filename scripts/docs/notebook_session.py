"""One notebook against the service of `local-sagemaker run`, and what it leaves running there.

A notebook may end while its pipelines are executed: their outcome is waited for and is part of the
report, one JSON object on standard output. Called by `scripts.docs.notebooks`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from scripts.docs.notebook_clock import moving_clock
from scripts.docs.notebook_tracking import fill_placeholder, start_tracking_server

_UNDER_WAY = ("Executing", "Stopping")
_PAUSE = 2.0  # seconds


def run_cells(folder: str, name: str, python: str) -> dict[str, Any]:
    """Run a notebook in its folder; return the report of `local-sagemaker notebook --json`."""
    command = [
        *(sys.executable, "-m", "local_test", "notebook", name, "--json", "--skip-installs"),
        *("--python", python, "--url", os.environ["AWS_ENDPOINT_URL"]),
    ]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def wait_for_executions() -> Iterator[str]:
    """Yield how each pipeline execution ended, when it has ended."""
    client = boto3.client("sagemaker")
    for pages in client.get_paginator("list_pipelines").paginate():
        for pipeline in pages["PipelineSummaries"]:
            found = client.list_pipeline_executions(PipelineName=pipeline["PipelineName"])
            for execution in found["PipelineExecutionSummaries"]:
                yield _wait(client, execution["PipelineExecutionArn"])


def _wait(client: Any, arn: str) -> str:
    while True:
        described = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        if described["PipelineExecutionStatus"] not in _UNDER_WAY:
            return ": ".join(
                described[field]
                for field in ("PipelineExecutionStatus", "FailureReason")
                if field in described
            )
        time.sleep(_PAUSE)


def run_earlier(folder: str, name: str, python: str) -> str:
    """Run a notebook, wait for its pipelines, and say how many of its cells ran."""
    cells = run_cells(folder, name, python)["cells"]
    for outcome in wait_for_executions():
        print(f"{name}: pipeline execution: {outcome}", file=sys.stderr)
    done = sum(cell["status"] == "ok" for cell in cells)
    return f"{Path(name).stem} ({done} of {len(cells)} cells)"


def main(
    folder: str,
    name: str,
    python: str,
    server_placeholder: str = "",
    earlier_folder: str = "",
    earlier_name: str = "",
) -> None:
    """Run a notebook, wait, and print the report; monitors do not wait for the full hour.

    `server_placeholder` is what the reader replaces by the ARN of an MLflow tracking server;
    `earlier_name` is a notebook in `earlier_folder` that runs before.
    """
    if server_placeholder:
        fill_placeholder(Path(folder, name), server_placeholder, start_tracking_server())
    with moving_clock():
        earlier = run_earlier(earlier_folder, earlier_name, python) if earlier_name else ""
        report = run_cells(folder, name, python)
    print(json.dumps(report | {"executions": list(wait_for_executions()), "earlier": earlier}))


if __name__ == "__main__":
    main(*sys.argv[1:])
