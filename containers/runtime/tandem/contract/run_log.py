"""What an algorithm records of its training, beside its files and log lines.

Where the job names no tracking server, nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class LoggedDataset:
    """A data set of a job: its channel, what identifies its content, and a profile of it."""

    channel: str
    digest: str
    profile: Mapping[str, float]


@dataclass(frozen=True)
class ModelDescription:
    """The model of a job for programs that load it: MLflow's flavors, and files under new names.

    `renamed` maps names of files in the model's folder to those that the flavors have.
    """

    flavors: Mapping[str, Mapping[str, Any]]
    requirements: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)


class RunLog(Protocol):
    """The record of one training; of several hosts only the one that leads calls it."""

    @property
    def active(self) -> bool:
        """Whether anything is recorded; what costs time only for it may be left out."""

    def log_metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record the metrics of one round; `step` counts from 0."""

    def log_dataset(self, dataset: LoggedDataset) -> None:
        """Record a data set that is trained on or validated with."""

    def describe_model(self, model: ModelDescription) -> None:
        """Describe the model that the job's folder will have."""


class NoRunLog:
    """Records nothing."""

    active = False

    def log_metrics(self, values: Mapping[str, float], step: int) -> None:
        """Record nothing."""

    def log_dataset(self, dataset: LoggedDataset) -> None:
        """Record nothing."""

    def describe_model(self, model: ModelDescription) -> None:
        """Record nothing."""
