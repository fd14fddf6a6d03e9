"""One run of an MLflow experiment: the requests that create it and write to it."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tandem.contract.run_log import LoggedDataset
from tandem.tracking.errors import RequestRefusedError
from tandem.tracking.rest_client import RestClient
from tandem.tracking.run_artifacts import RunArtifacts

MOST_METRICS = 1000
"""Metrics of one request (source: MLflow, 'REST API', Log Batch)."""

_MOST_PARAMETERS, _LONGEST_PARAMETER, _LONGEST_TAG, _LONGEST_DIGEST = 100, 6000, 5000, 36
_LONGEST_KEY, _NOT_IN_KEYS = 250, re.compile(r"[^\w\-. /:]", re.ASCII)
_JOB_TAG = "sagemaker.training_job"
_DEFAULT_EXPERIMENT = "0"


@dataclass(frozen=True)
class RunIdentity:
    """Which run a job records to: an experiment by id or name, and a run by id, or a new one.

    `job` identifies the job, so that one that starts again continues its run.
    """

    experiment_id: str
    experiment_name: str
    run_id: str
    run_name: str
    job: str


@dataclass(frozen=True)
class MetricPoint:
    """The value of a metric in one round; `time` is in milliseconds since 1970."""

    name: str
    value: float
    step: int
    time: int


class TrackedRun:
    """A run on a server. Each method raises ServerUnreachableError and RequestRefusedError."""

    def __init__(self, client: RestClient, run: Mapping[str, Any], aws: Mapping[str, str]) -> None:
        self._client = client
        self.id = str(run["info"]["run_id"])
        self.experiment = str(run["info"]["experiment_id"])
        self._artifacts = RunArtifacts(client, str(run["info"]["artifact_uri"]), aws)

    def log_parameters(self, values: Mapping[str, Any]) -> None:
        """Record parameters that have a value, as text that is cut to what MLflow takes."""
        entries = [
            {"key": make_key(name), "value": _format(value)[:_LONGEST_PARAMETER]}
            for name, value in values.items()
            if value is not None
        ]
        for start in range(0, len(entries), _MOST_PARAMETERS):
            self._log_batch(params=entries[start : start + _MOST_PARAMETERS])

    def log_metrics(self, points: Sequence[MetricPoint]) -> None:
        """Record at most `MOST_METRICS` points."""
        self._log_batch(
            metrics=[
                {
                    "key": make_key(point.name),
                    "value": _to_json_number(point.value),
                    "timestamp": point.time,
                    "step": point.step,
                }
                for point in points
            ]
        )

    def log_dataset(self, dataset: LoggedDataset) -> None:
        """Record a data set as an input of the run."""
        described = {
            "name": dataset.channel,
            "digest": dataset.digest[:_LONGEST_DIGEST],
            "source_type": "local",
            "source": json.dumps({"uri": f"/opt/ml/input/data/{dataset.channel}"}),
            "profile": json.dumps(_drop_non_finite(dataset.profile)),
        }
        tags = [{"key": "mlflow.data.context", "value": dataset.channel}]
        content = {"run_id": self.id, "datasets": [{"dataset": described, "tags": tags}]}
        self._client.post("runs/log-inputs", content)

    def log_model(self, model: Mapping[str, Any]) -> None:
        """Record that the run's artifacts have a model of this MLmodel file."""
        self._client.post("runs/log-model", {"run_id": self.id, "model_json": json.dumps(model)})

    def upload(self, path: str, file: Path) -> None:
        """Upload a file as an artifact."""
        self._artifacts.upload(path, file)

    def end(self, status: str) -> None:
        """Set the status FINISHED, FAILED or KILLED."""
        now = _now()
        self._client.post("runs/update", {"run_id": self.id, "status": status, "end_time": now})

    def _log_batch(self, **content: list[dict[str, Any]]) -> None:
        self._client.post("runs/log-batch", {"run_id": self.id, **content})


def open_run(
    client: RestClient, identity: RunIdentity, tags: Mapping[str, str], aws: Mapping[str, str]
) -> TrackedRun:
    """Create the run, or continue the one that is named or that the same job has made.

    Raises ServerUnreachableError and RequestRefusedError.
    """
    if identity.run_id:
        run = client.get("runs/get", f"run_id={quote(identity.run_id, safe='')}")["run"]
        return _continue_run(client, run, aws)
    experiment = identity.experiment_id or _find_experiment(client, identity.experiment_name)
    if identity.job:
        content = {
            "experiment_ids": [experiment],
            "filter": f"tags.`{_JOB_TAG}` = '{identity.job}'",
            "max_results": 1,
        }
        found = client.post("runs/search", content).get("runs", [])
        if found:
            return _continue_run(client, found[0], aws)
    given = {**tags, **({_JOB_TAG: identity.job} if identity.job else {})}
    request = {
        "experiment_id": experiment,
        "start_time": _now(),
        "run_name": identity.run_name,
        "tags": [{"key": key, "value": text[:_LONGEST_TAG]} for key, text in given.items()],
    }
    return TrackedRun(client, client.post("runs/create", request)["run"], aws)


def _continue_run(client: RestClient, run: Mapping[str, Any], aws: Mapping[str, str]) -> TrackedRun:
    tracked = TrackedRun(client, run, aws)
    client.post("runs/update", {"run_id": tracked.id, "status": "RUNNING"})
    return tracked


def _find_experiment(client: RestClient, name: str) -> str:
    """Return the id of the experiment of a name, which is created if there is none."""
    if not name:
        return _DEFAULT_EXPERIMENT
    query = f"experiment_name={quote(name, safe='')}"
    try:
        return str(client.get("experiments/get-by-name", query)["experiment"]["experiment_id"])
    except RequestRefusedError as error:
        if error.code != "RESOURCE_DOES_NOT_EXIST":
            raise
    try:
        return str(client.post("experiments/create", {"name": name})["experiment_id"])
    except RequestRefusedError as error:
        if error.code != "RESOURCE_ALREADY_EXISTS":  # another job was quicker
            raise
    return str(client.get("experiments/get-by-name", query)["experiment"]["experiment_id"])


def make_point(name: str, value: float, step: int) -> MetricPoint:
    """Return a point with the present time."""
    return MetricPoint(name, value, step, _now())


def make_key(name: str) -> str:
    """Return a name that MLflow takes: `ndcg@5` becomes `ndcg_at_5`, as in its autologging."""
    return _NOT_IN_KEYS.sub("_", name.replace("@", "_at_"))[:_LONGEST_KEY]


def _now() -> int:
    return time.time_ns() // 1_000_000


def _format(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str)


def _to_json_number(value: float) -> float | str:
    """Return a number for JSON; what it has none for is a text (source: Protocol Buffers)."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _drop_non_finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
