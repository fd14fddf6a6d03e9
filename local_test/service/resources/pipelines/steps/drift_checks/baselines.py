"""The baselines of check steps: those of a registered model, and what a check's job gets of them.

Source: API, DriftCheckBaselines; Developer Guide, 'Container Contract Inputs'.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.pipelines.steps.step_kind import StepContext
from local_test.service.storage.s3 import parse_uri

_BASELINE = PurePosixPath("/opt/ml/processing/baseline")
_PLACES = {
    "Constraints": ("baseline_constraints", "constraints"),
    "Statistics": ("baseline_statistics", "stats"),
}
_CONFIG_INPUT = "analysis_config"


@dataclass(frozen=True)
class CheckType:
    """A type of check: the kind of its steps, its files, and their path in DriftCheckBaselines.

    `files` are the names of the files that its job writes; `registered` are the fields of each.
    """

    key: str
    files: Mapping[str, str]
    registered: Mapping[str, Sequence[str]]


_QUALITY_FILES = {"Statistics": "statistics.json", "Constraints": "constraints.json"}
_CLARIFY_FILES = {"Constraints": "analysis.json"}


def _quality(part: str) -> CheckType:
    places = {file: (part, file) for file in _QUALITY_FILES}
    return CheckType("QualityCheck", _QUALITY_FILES, places)


def _clarify(*place: str) -> CheckType:
    return CheckType("ClarifyCheck", _CLARIFY_FILES, {"Constraints": place})


CHECK_TYPES = {
    "DATA_QUALITY": _quality("ModelDataQuality"),
    "MODEL_QUALITY": _quality("ModelQuality"),
    "DATA_BIAS": _clarify("Bias", "PreTrainingConstraints"),
    "MODEL_BIAS": _clarify("Bias", "PostTrainingConstraints"),
    "MODEL_EXPLAINABILITY": _clarify("Explainability", "Constraints"),
}


def find_registered(client: Any, group: str, kind: CheckType) -> dict[str, str]:
    """Return the addresses of the baseline of a group's newest approved package, by file.

    Raises ClientError when there is no such group.
    """
    found = client.list_model_packages(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not found:
        return {}
    package = client.describe_model_package(ModelPackageName=found[0]["ModelPackageArn"])
    addresses = {}
    for file, place in kind.registered.items():
        value = package.get("DriftCheckBaselines", {})
        for part in place:
            value = value.get(part, {})
        if "S3Uri" in value:
            addresses[file] = value["S3Uri"]
    return addresses


def add_baseline(arguments: Mapping[str, Any], baseline: Mapping[str, str]) -> dict[str, Any]:
    """Return the request of a job that gets the files of a baseline and their variables."""
    inputs = list(arguments.get("ProcessingInputs", ()))
    environment = dict(arguments.get("Environment") or {})
    for file, uri in baseline.items():
        variable, folder = _PLACES[file]
        source = {"S3Uri": uri, "LocalPath": str(_BASELINE / folder), "S3DataType": "S3Prefix"}
        inputs.append({"InputName": variable, "S3Input": source | {"S3InputMode": "File"}})
        name = PurePosixPath(parse_uri(uri).key).name
        environment[variable] = str(_BASELINE / folder / name)
    return {**arguments, "ProcessingInputs": inputs, "Environment": environment}


def name_model(context: StepContext, arguments: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the request of a job whose analysis configuration names a model of the pipeline.

    The configuration was written before the model existed; a copy beside it has its name.
    """
    inputs = list(arguments.get("ProcessingInputs", ()))
    names = [one.get("InputName") for one in inputs]
    if _CONFIG_INPUT not in names:
        raise invalid(f"No input {_CONFIG_INPUT}: step {context.name}. Give its configuration.")
    index = names.index(_CONFIG_INPUT)
    source = inputs[index]["S3Input"]
    storage, uri = context.backend.storage(context.region), parse_uri(source["S3Uri"])
    try:
        config = json.loads(storage.read(uri))
        config["predictor"]["model_name"] = model
    except (ValueError, TypeError, KeyError) as error:
        raise invalid(
            f"No analysis configuration with a predictor: {uri}. Write one of Clarify's."
        ) from error
    folder = context.execution_arn.rpartition("/")[2]
    key = PurePosixPath(uri.key)
    copy = parse_uri(f"s3://{uri.bucket}").join(str(key.parent), folder, context.name, key.name)
    storage.write(json.dumps(config).encode(), copy, "application/json")
    inputs[index] = {**inputs[index], "S3Input": {**source, "S3Uri": str(copy)}}
    return {**arguments, "ProcessingInputs": inputs}
