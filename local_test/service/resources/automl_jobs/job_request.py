"""Requests of CreateAutoMLJob and CreateAutoMLJobV2, checked and brought into one form."""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.automl.data.problem import OBJECTIVES, ProblemType, choose_objective
from local_test.automl.plan import SearchBudget, SearchOptions
from local_test.errors import UserError
from local_test.service.api.api_errors import invalid
from local_test.service.storage.records import Record

_CANDIDATES, _PARALLEL = 250, 2
_JOB_SECONDS = 86_400
_REPORTS_SHARE, _REPORTS_SECONDS = 0.2, 180.0
_BOOSTERS = {"xgboost": "gbtree", "linear-learner": "gblinear"}
_OTHERS = {
    "ImageClassificationJobConfig": "images",
    "TextClassificationJobConfig": "texts",
    "TextGenerationJobConfig": "the fine-tuning of language models",
    "TimeSeriesForecastingJobConfig": "time series",
}
_CONTENT_TYPES = {"text/csv", "x-application/vnd.amazon+parquet", "application/x-parquet"}


def make_record(request: Mapping[str, Any], version: int) -> Record:
    """Return a record with the fields of both versions, of a request of version 1 or 2.

    Raises ApiError when it cannot be done here, whatever its data are.
    """
    record = _bring_first(request) if version == 1 else _bring_second(request)
    _check_record(record)
    return record | {"AutoMLProblemTypeConfigName": "Tabular"}


def _bring_first(request: Mapping[str, Any]) -> Record:
    config = request.get("AutoMLJobConfig", {})
    channels = request["InputDataConfig"]
    targets = {channel["TargetAttributeName"] for channel in channels}
    if len(targets) > 1:
        raise invalid("All channels of InputDataConfig must have one TargetAttributeName.")
    copied = ("CompletionCriteria", "CandidateGenerationConfig", "Mode")
    tabular = {field: config[field] for field in copied if field in config}
    tabular["TargetAttributeName"] = targets.pop()
    if "ProblemType" in request:
        tabular["ProblemType"] = request["ProblemType"]
    forms = {
        "AutoMLJobInputDataConfig": [_leave_out(one, "TargetAttributeName") for one in channels],
        "AutoMLProblemTypeConfig": {"TabularJobConfig": tabular},
    }
    moved = {key: config[key] for key in ("DataSplitConfig", "SecurityConfig") if key in config}
    return dict(request) | forms | moved


def _bring_second(request: Mapping[str, Any]) -> Record:
    problem = request["AutoMLProblemTypeConfig"]
    for field, what in _OTHERS.items():
        if field in problem:
            raise invalid(f"{field}: AutoML of {what} is not done here. Give a TabularJobConfig.")
    if "TabularJobConfig" not in problem:
        raise invalid("AutoMLProblemTypeConfig needs a TabularJobConfig.")
    tabular = problem["TabularJobConfig"]
    config = {
        field: source[field]
        for source in (tabular, request)
        for field in (
            *("CompletionCriteria", "CandidateGenerationConfig", "Mode"),
            *("DataSplitConfig", "SecurityConfig"),
        )
        if field in source
    }
    target = {"TargetAttributeName": tabular["TargetAttributeName"]}
    forms = {
        "InputDataConfig": [one | target for one in request["AutoMLJobInputDataConfig"]],
        "AutoMLJobConfig": config,
    }
    typed = {"ProblemType": tabular["ProblemType"]} if "ProblemType" in tabular else {}
    return dict(request) | forms | typed


def _check_record(record: Record) -> None:
    tabular = _get_tabular(record)
    _check_channels(record["AutoMLJobInputDataConfig"])
    read_boosters(record)
    objective, problem = record.get("AutoMLJobObjective"), tabular.get("ProblemType")
    if (objective is None) != (problem is None):
        raise invalid("Give both ProblemType and AutoMLJobObjective, or neither of them.")
    if objective is not None and problem is not None:
        try:
            choose_objective(ProblemType(problem), objective["MetricName"])
        except UserError as error:
            raise invalid(f"AutoMLJobObjective: {error}.") from error


def _check_channels(channels: Sequence[Mapping[str, Any]]) -> None:
    if len(channels) > 1 or channels[0].get("ChannelType", "training") != "training":
        raise invalid("Give one channel, for training: DataSplitConfig parts its rows.")
    for channel in channels:
        if "DataSource" not in channel:
            raise invalid("A channel of the input data needs a DataSource.")
        kind, *parameters = channel.get("ContentType", "text/csv").lower().split(";")
        if kind.strip() not in _CONTENT_TYPES or "header=absent" in map(str.strip, parameters):
            raise invalid(
                f"ContentType {channel['ContentType']} is not read here. Give text/csv with a "
                "header, or Parquet."
            )
        if channel["DataSource"]["S3DataSource"]["S3DataType"] == "AugmentedManifestFile":
            raise invalid("S3DataType AugmentedManifestFile is not read here.")


def read_boosters(record: Record) -> tuple[str, ...]:
    """Return the boosters that AlgorithmsConfig allows. Raises ApiError for other algorithms."""
    generation = _get_tabular(record).get("CandidateGenerationConfig", {})
    names = [
        name
        for entry in generation.get("AlgorithmsConfig", ())
        for name in entry["AutoMLAlgorithms"]
    ]
    others = [name for name in names if name not in _BOOSTERS]
    if others:
        raise invalid(
            f"AutoMLAlgorithms: {others[0]} is not done here. Give {' or '.join(_BOOSTERS)}."
        )
    return tuple(_BOOSTERS[name] for name in names) or tuple(_BOOSTERS.values())


def read_options(record: Record) -> SearchOptions:
    """Return what is searched."""
    tabular = _get_tabular(record)
    problem = tabular.get("ProblemType")
    metric = record.get("AutoMLJobObjective", {}).get("MetricName", "Auto")
    split = record.get("DataSplitConfig", {})
    return SearchOptions(
        tabular["TargetAttributeName"],
        ProblemType(problem) if problem else None,
        metric,
        validation_share=split.get("ValidationFraction"),
        boosters=read_boosters(record),
    )


def read_budget(record: Record) -> tuple[SearchBudget, int]:
    """Return when the search ends, and the seconds that a training job may take.

    A fifth of the job's time, at most three minutes, is left for the reports. No candidate is
    stopped for its losses: clients expect a score and containers of each.
    """
    criteria = _get_tabular(record).get("CompletionCriteria", {})
    seconds = read_seconds(record)
    budget = SearchBudget(
        seconds - min(_REPORTS_SHARE * seconds, _REPORTS_SECONDS),
        criteria.get("MaxCandidates", _CANDIDATES),
        _PARALLEL,
        prune=False,
    )
    return budget, criteria.get("MaxRuntimePerTrainingJobInSeconds", _JOB_SECONDS)


def read_seconds(record: Record) -> float:
    """Return the seconds that the job may take, infinite without a limit."""
    criteria = _get_tabular(record).get("CompletionCriteria", {})
    return float(criteria.get("MaxAutoMLJobRuntimeInSeconds", float("inf")))


def averages_models(record: Record) -> bool:
    """Return whether the best candidate may be a mean of several; tuning alone gives one."""
    return bool(_get_tabular(record).get("Mode", "AUTO") != "HYPERPARAMETER_TUNING")


def is_objective(name: str) -> bool:
    """Return whether the API has a metric of this name."""
    return any(objective.name == name for objective in OBJECTIVES)


def _get_tabular(record: Record) -> Mapping[str, Any]:
    config: Mapping[str, Any] = record["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    return config


def _leave_out(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}
