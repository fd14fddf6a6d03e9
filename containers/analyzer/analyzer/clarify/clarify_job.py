"""A Clarify job as each of its hosts reads it: configuration, folders, a monitor's variables.

Source: Developer Guide, "Bias drift for models in production" and "Feature attribution drift for
models in production"; the attributes are those of `EndpointInput`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer.clarify.job_paths import find_input, find_output
from analyzer.configuration.analysis_config import AnalysisConfig, read_analysis_config
from analyzer.configuration.checked_fields import Column
from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.contract.monitor_job import MonitorJob, read_monitor_job
from tandem.contract.paths import Paths


@dataclass(frozen=True)
class Attributes:
    """Where features and predictions are, as the monitor's input says it."""

    features: str
    excluded: Sequence[str]
    predictions: Sequence[Column]


@dataclass(frozen=True)
class Monitor:
    """What a monitor's job has beside its configuration."""

    job: MonitorJob
    attributes: Attributes


@dataclass(frozen=True)
class ClarifyJob:
    """A job: what to analyze, the folders of the data set and of the results.

    A monitor's job analyzes captured data, and compares the results with a baseline.
    """

    config: AnalysisConfig
    source: Path
    output: Path
    monitor: Monitor | None = None


def read_clarify_job(path: Path, paths: Paths, variables: Mapping[str, str]) -> ClarifyJob:
    """Read the job that `analysis_config.json` and the environment variables describe.

    Raises UserError when the configuration or a variable is invalid.
    """
    if not variables.get("dataset_source", "").strip():
        return ClarifyJob(read_analysis_config(path), find_input(paths), find_output(paths))
    config = read_analysis_config(path, monitored=True)
    job = read_monitor_job(variables, paths)
    if config.predictor is not None:
        config = replace(config, predictor=_complete_predictor(config.predictor, job))
    monitor = Monitor(job, _read_attributes(job, variables))
    return ClarifyJob(config, job.dataset_source, job.output_path, monitor)


def parse_column(text: str) -> Column:
    """Return the zero-based index or the name of a column."""
    return int(text) if text.isdigit() else text


def _read_attributes(job: MonitorJob, variables: Mapping[str, str]) -> Attributes:
    excluded = variables.get("exclude_features_attribute", "")
    places = (job.inference_attribute, job.probability_attribute)
    return Attributes(
        features=variables.get("features_attribute", ""),
        excluded=[name.strip() for name in excluded.split(",") if name.strip()],
        predictions=[parse_column(place) for place in places if place],
    )


def _complete_predictor(config: PredictorConfig, job: MonitorJob) -> PredictorConfig:
    """Return the predictor with the job's attributes where its own are missing."""
    label, probability = job.inference_attribute, job.probability_attribute
    return replace(
        config,
        label=parse_column(label) if config.label is None and label else config.label,
        probability=parse_column(probability)
        if config.probability is None and probability
        else config.probability,
    )
