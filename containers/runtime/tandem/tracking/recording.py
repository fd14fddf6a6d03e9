"""The record of a whole job: parameters before it, files and status after it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tandem._version import __version__
from tandem.contract import settings as surroundings
from tandem.contract.run_log import ModelDescription
from tandem.contract.settings import Settings
from tandem.contract.training_job import Job
from tandem.errors import Stopped
from tandem.tracking.recorder import RunRecorder
from tandem.tracking.rest_client import RestClient
from tandem.tracking.server_access import find_server
from tandem.tracking.tracked_run import RunIdentity, TrackedRun, open_run

_MODEL, _OUTPUT = "model", "output"
_MLMODEL = "MLmodel"
_SECONDS_AFTER_STOP = 10.0


@contextmanager
def record_run(
    image: str, job: Job, parameters: Mapping[str, Any], settings: Settings
) -> Iterator[RunRecorder]:
    """Context manager: give the run log of a job on the server of MLFLOW_TRACKING_URI.

    On several hosts only the one that records something has a run. The job's end waits at most
    TANDEM_TRACKING_SECONDS for the server, after a stop 10. Raises UserError when the URI names no
    server; a server that fails is a warning.
    """
    mlflow, aws = surroundings.read_mlflow_variables(), surroundings.read_aws_variables()
    client = RestClient(find_server(settings.tracking_uri, mlflow, aws))
    identity = RunIdentity(
        experiment_id=mlflow.get("MLFLOW_EXPERIMENT_ID", ""),
        experiment_name=mlflow.get("MLFLOW_EXPERIMENT_NAME", ""),
        run_id=mlflow.get("MLFLOW_RUN_ID", ""),
        run_name=mlflow.get("MLFLOW_RUN_NAME") or mlflow.get("TRAINING_JOB_NAME", ""),
        job=mlflow.get("TRAINING_JOB_ARN", ""),
    )
    tags = {
        "mlflow.source.name": f"tandem-{image} {__version__}",
        "mlflow.source.type": "JOB",
    }
    recorder = RunRecorder(lambda: open_run(client, identity, tags, aws), client.address)
    recorder.set_parameters(parameters)
    if len(job.hosts) == 1:
        recorder.start()
    seconds, status = float(settings.tracking_seconds), "FAILED"
    try:
        yield recorder
        status = "FINISHED"
    except Stopped:
        seconds, status = min(seconds, _SECONDS_AFTER_STOP), "KILLED"
        raise
    finally:
        _finish(recorder, job, status, seconds)


def _finish(recorder: RunRecorder, job: Job, status: str, seconds: float) -> None:
    """Record the job's files and status."""
    if not recorder.started:
        return
    with tempfile.TemporaryDirectory() as folder:
        if status != "FAILED":
            _put_files(recorder, job, Path(folder))
        recorder.put("the status", lambda run: run.end(status))
        recorder.close(seconds)


def _put_files(recorder: RunRecorder, job: Job, folder: Path) -> None:
    model = recorder.model
    renamed = model.renamed if model else {}
    for root, prefix in ((job.paths.output_data, _OUTPUT), (job.model_dir, _MODEL)):
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            name = file.relative_to(root).as_posix()
            name = renamed.get(name, name) if prefix == _MODEL else name
            _put_file(recorder, f"{prefix}/{name}", file)
    if model and any(job.model_dir.iterdir()):
        _put_description(recorder, model, folder)


def _put_description(recorder: RunRecorder, model: ModelDescription, folder: Path) -> None:
    """Record MLmodel and requirements.txt; MLmodel is YAML, of which JSON is a part."""
    time = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    content = {
        "artifact_path": _MODEL,
        "flavors": model.flavors,
        "utc_time_created": time,
    }
    (folder / _MLMODEL).write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "requirements.txt").write_text("\n".join(model.requirements), encoding="utf-8")
    for name in (_MLMODEL, "requirements.txt"):
        _put_file(recorder, f"{_MODEL}/{name}", folder / name)

    def log_model(run: TrackedRun) -> None:
        run.log_model({**content, "run_id": run.id})

    recorder.put("the model", log_model)


def _put_file(recorder: RunRecorder, path: str, file: Path) -> None:
    recorder.put(path, lambda run: run.upload(path, file))
