"""The resource types of experiments, trials and trial components, and how they are found.

Source: API, CreateExperiment, CreateTrial, CreateTrialComponent: a name is unique in an account and
region, and not case-sensitive. A record is kept under its name in lower case and has the name as
it was given. A component's `Parents` are its trials; `TrialArns` and `ExperimentArns` index them.
"""

from typing import Any

from local_test.service.api.resource_type import ResourceType, now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record


def _key_by(field: str) -> Any:
    return lambda record: record[field].lower()


EXPERIMENT = ResourceType(
    "Experiment",
    "experiment",
    "ExperimentSummaries",
    "experiment",
    is_entity=True,
    find_key=_key_by("ExperimentName"),
)
TRIAL = ResourceType(
    "Trial",
    "experiment-trial",
    "TrialSummaries",
    "trial",
    is_entity=True,
    find_key=_key_by("TrialName"),
)
TRIAL_COMPONENT = ResourceType(
    "TrialComponent",
    "experiment-trial-component",
    "TrialComponentSummaries",
    "trial component",
    is_entity=True,
    find_key=_key_by("TrialComponentName"),
)
TYPES = (EXPERIMENT, TRIAL, TRIAL_COMPONENT)
_DEFAULTS: dict[str, dict[str, Any]] = {
    TRIAL_COMPONENT.kind: {
        "Parameters": {},
        "InputArtifacts": {},
        "OutputArtifacts": {},
        "Parents": [],
    }
}
"""What a record has if nothing is given; the SageMaker SDK reads these fields of all components."""


def find(backend: Backend, resource: ResourceType, region: str, name: str) -> Record:
    """Return the record of a name or an ARN. Raises ApiError when there is none."""
    key = name.lower()
    if key.startswith("arn:"):
        key = key.rpartition("/")[2]
        if resource.make_arn(region, key) != name.lower():
            raise resource.not_found_error(region, name)
    return backend.records.get(resource, region, key)


def add(
    backend: Backend, resource: ResourceType, region: str, fields: dict[str, Any], **more: Any
) -> Record:
    """Add a record and return it; without a DisplayName it has its name as one.

    `fields` are those of the request, `more` further ones. Raises ApiError when the name is taken.
    """
    shown = {"DisplayName": fields[resource.name_field], "CreatedBy": {}, "LastModifiedBy": {}}
    defaults = _DEFAULTS.get(resource.kind, {})
    record = defaults | shown | start_record(resource, region, fields, now()) | more
    backend.records.add(resource, region, resource.key_of(record), record)
    return record


def update(backend: Backend, resource: ResourceType, region: str, name: str, **fields: Any) -> None:
    """Change fields of a record and its LastModifiedTime. Raises ApiError when there is none."""
    backend.records.update(resource, region, name.lower(), **fields, LastModifiedTime=now())


def summarize(resource: ResourceType, record: Record, shape: Any) -> dict[str, Any]:
    """Return the summary of a record in a List, where `Source` has the name of its type."""
    return select_fields(record | {f"{resource.kind}Source": record.get("Source")}, shape)


def count_related(
    backend: Backend, resource: ResourceType, region: str, field: str, arn: str
) -> int:
    """Return how many records of a type have an ARN in a field."""
    page, _ = backend.records.find_page(resource, region, RecordQuery(related=(field, arn)))
    return len(page)
