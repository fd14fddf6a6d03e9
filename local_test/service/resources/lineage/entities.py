"""Lineage entities of all kinds in one form, as associations and queries need them.

Trial components and experiments are entities too; their records belong to experiments. A job's
trial component is known by its name even before its record is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.lineage.resource import ACTION, ARTIFACT, CONTEXT

_TRIAL_COMPONENT, _EXPERIMENT = "experiment-trial-component", "experiment"
EXPERIMENT_PATHS = frozenset({_EXPERIMENT, "experiment-trial", _TRIAL_COMPONENT})
"""The paths in ARNs of experiment entities."""

_JOBS = {
    "-aws-training-job": "TrainingJob",
    "-aws-processing-job": "ProcessingJob",
    "-aws-transform-job": "TransformJob",
}
JOB_SUFFIXES: Mapping[str, str] = {job: suffix for suffix, job in _JOBS.items()}
"""How the name of a job's trial component ends, by the kind of the job."""

_KINDS = {"TrialComponent", "Experiment", ARTIFACT.kind, ACTION.kind, CONTEXT.kind}
_MANUAL = "ExperimentTrialComponent"


@dataclass(frozen=True)
class LineageEntity:
    """An entity: `kind` is Artifact, Action, Context, TrialComponent or Experiment.

    `type` is what kind of thing it stands for (`DataSet`), "" where nobody said. Times are in
    seconds since 1970, 0 for a trial component without a record.
    """

    arn: str
    kind: str
    type: str
    name: str = ""
    source: str = ""
    created: float = 0.0
    modified: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def association_type(self) -> str:
        """The type as associations have it: `SageMakerTrainingJob` for a training job's."""
        if self.kind != "TrialComponent":
            return self.type
        return f"SageMaker{self.type or _MANUAL}"


def find_entity(backend: Backend, region: str, arn: str) -> LineageEntity | None:
    """Return the entity with an ARN, None if there is none in the region."""
    kind, name = backend.records.find_arn(region, arn) or ("", "")
    resource = next((one for one in backend.types if one.kind == kind), None)
    if resource is None or kind not in _KINDS:
        return _recognise_job(arn)
    return describe_entity(kind, arn, backend.records.get(resource, region, name))


def describe_entity(kind: str, arn: str, record: Mapping[str, Any]) -> LineageEntity:
    """Return the entity of a record."""
    source = record.get("Source") or {}
    if kind == "TrialComponent":
        type_name = str(source.get("SourceType", "")).removeprefix("SageMaker")
    else:
        type_name = str(record.get(f"{kind}Type", kind if kind == "Experiment" else ""))
    created = float(record["CreationTime"])
    return LineageEntity(
        arn,
        kind,
        type_name,
        str(record.get(f"{kind}Name") or ""),
        str(source.get("SourceUri") or source.get("SourceArn") or ""),
        created,
        float(record.get("LastModifiedTime") or created),
        record.get("Properties") or {},
    )


def read_path(arn: str) -> str:
    """Return the path of an ARN: `artifact`, `experiment-trial-component`."""
    return arn.split(":", 5)[-1].partition("/")[0]


def _recognise_job(arn: str) -> LineageEntity | None:
    if read_path(arn) != _TRIAL_COMPONENT:
        return None
    name = arn.rpartition("/")[2]
    job = next((job for suffix, job in _JOBS.items() if name.endswith(suffix)), None)
    return None if job is None else LineageEntity(arn, "TrialComponent", job, name)
