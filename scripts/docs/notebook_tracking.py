"""The MLflow tracking server that a notebook expects, and the text in whose place its ARN goes.

Some notebooks ask the reader to put the ARN of a server into a cell before it is run. That is the
only change that is made to a notebook here.
"""

import time
from pathlib import Path

import boto3  # type: ignore[import-untyped]

SERVER = "notebooks"
_ARTIFACTS = "mlflow-notebooks"
_ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole"
_SECONDS_TO_START = 600.0
_PAUSE = 1.0  # seconds


def start_tracking_server() -> str:
    """Create a tracking server with the first MLflow on the PATH, and return its ARN.

    Raises RuntimeError when it does not start, or not within ten minutes.
    """
    boto3.client("s3").create_bucket(Bucket=_ARTIFACTS)
    client = boto3.client("sagemaker")
    arn: str = client.create_mlflow_tracking_server(
        TrackingServerName=SERVER, ArtifactStoreUri=f"s3://{_ARTIFACTS}", RoleArn=_ROLE
    )["TrackingServerArn"]
    deadline, status = time.monotonic() + _SECONDS_TO_START, "Creating"
    while status == "Creating" and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        described = client.describe_mlflow_tracking_server(TrackingServerName=SERVER)
        status = described["TrackingServerStatus"]
    if status != "Created":
        raise RuntimeError(f"the MLflow server does not start: its status is {status}")
    return arn


def fill_placeholder(notebook: Path, placeholder: str, text: str) -> None:
    """Put a text into a notebook in place of a string. Raises ValueError unless it is there once.

    The string is a whole literal: it stands in quotes.
    """
    source = notebook.read_text(encoding="utf-8")
    quoted = f'\\"{placeholder}\\"'
    if source.count(quoted) != 1:
        raise ValueError(f"{notebook.name} does not have {placeholder!r} once")
    notebook.write_text(source.replace(quoted, f'\\"{text}\\"'), encoding="utf-8")
