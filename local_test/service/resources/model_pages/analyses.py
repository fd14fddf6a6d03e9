"""The Clarify analyses of a model: those of its jobs and monitors, and of its model package.

A job belongs to a model when its `analysis_config.json` names the model or an endpoint of it, or
when it is the job of a monitor of such an endpoint.
Source: Developer Guide, "Configure a SageMaker Clarify Processing Job" and "Analysis Results".
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, find_package
from local_test.service.resources.models.json_files import read_object
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Storage, S3Uri, parse_uri

_CONFIG, _RESULT = "analysis_config", "analysis_result"
_MAX_JOBS = 100
_ENDPOINT, _SCHEDULE = "sagemaker_endpoint_name", "sagemaker_monitoring_schedule_name"
_REPORTS = (
    ("Explainability", "Report"),
    ("Bias", "Report"),
    ("Bias", "PreTrainingReport"),
    ("Bias", "PostTrainingReport"),
)


@dataclass(frozen=True)
class Analysis:
    """The content of an `analysis.json`, and where it is from.

    `source` says so in words, `link` is the path of the source's page in the console, `time` is in
    seconds since 1970.
    """

    content: Mapping[str, Any]
    source: str
    link: str
    address: str
    time: float


def list_analyses(
    backend: Backend, region: str, model: Record, endpoints: Collection[str]
) -> list[Analysis]:
    """Return the analyses of a model whose endpoints have these names, the newest first."""
    found = [*_list_of_jobs(backend, region, model["ModelName"], endpoints)]
    found += _list_of_packages(backend, region, model)
    return sorted(found, key=lambda one: -one.time)


def _list_of_jobs(
    backend: Backend, region: str, model: str, endpoints: Collection[str]
) -> Iterator[Analysis]:
    storage = backend.storage(region)
    jobs = [
        (job, _find_config(job))
        for _, job in backend.records.list_all(PROCESSING_JOB, region, ("Completed",))
    ]
    analyzing = [(job, config) for job, config in jobs if config is not None]
    analyzing.sort(key=lambda one: -float(one[0]["CreationTime"]))
    for job, config in analyzing[:_MAX_JOBS]:
        if _concerns(storage, job, config, model, endpoints):
            name = job[PROCESSING_JOB.name_field]
            uri = _locate_result(job)
            content = {} if uri is None else read_object(storage, uri)
            if content:
                schedule = job.get("Environment", {}).get(_SCHEDULE)
                what = f"monitor {schedule}, job {name}" if schedule else f"job {name}"
                link = f"processing-job/{region}/{name}"
                yield Analysis(content, what, link, str(uri), float(job["CreationTime"]))


def _find_config(job: Record) -> str | None:
    for given in job.get("ProcessingInputs", ()):
        if given["InputName"] == _CONFIG and "S3Input" in given:
            return str(given["S3Input"]["S3Uri"])
    return None


def _concerns(
    storage: S3Storage, job: Record, config: str, model: str, endpoints: Collection[str]
) -> bool:
    if job.get("Environment", {}).get(_ENDPOINT) in endpoints:
        return True
    predictor = _read_config(storage, config).get("predictor")
    if not isinstance(predictor, dict):
        return False
    return predictor.get("model_name") == model or predictor.get("endpoint_name") in endpoints


def _read_config(storage: S3Storage, address: str) -> Mapping[str, Any]:
    """Return the configuration at an address, which is its file or a folder with it."""
    try:
        files = [uri for uri, _ in storage.list_prefix(parse_uri(address))]
    except LocalError:
        return {}
    found = next((uri for uri in files if uri.key.endswith(".json")), None)
    return {} if found is None else read_object(storage, found)


def _locate_result(job: Record) -> S3Uri | None:
    outputs: Sequence[Record] = job.get("ProcessingOutputConfig", {}).get("Outputs", ())
    named = [one for one in outputs if one["OutputName"] == _RESULT] or outputs[:1]
    for one in named:
        if "S3Output" in one:
            return parse_uri(one["S3Output"]["S3Uri"]).join("analysis.json")
    return None


def _list_of_packages(backend: Backend, region: str, model: Record) -> Iterator[Analysis]:
    containers = model.get("Containers") or [model["PrimaryContainer"]]
    for name in (one["ModelPackageName"] for one in containers if "ModelPackageName" in one):
        try:
            package = find_package(backend, region, name)
        except ApiError:
            continue
        metrics = package.get("ModelMetrics") or {}
        for kind, report in _REPORTS:
            address = metrics.get(kind, {}).get(report, {}).get("S3Uri")
            if address is None:
                continue
            content = read_object(backend.storage(region), parse_uri(address))
            if content:
                key = MODEL_PACKAGE.key_of(package)
                source = f"{kind} of model package {key.replace('.', '/')}"
                link = f"model-package/{region}/{key}"
                yield Analysis(content, source, link, address, float(package["CreationTime"]))
