"""Keep the trial components of jobs: created with the job, and changed as the job goes on.

What a client changes of such a component stays: a change of the job only touches the fields and
entries that this change of the job is about.
"""

import math
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.experiments.associations import (
    Parent,
    index_parents,
    make_parent,
)
from local_test.service.resources.experiments.placement import place, read_display
from local_test.service.resources.experiments.resource import (
    EXPERIMENT,
    TRIAL,
    TRIAL_COMPONENT,
    add,
    find,
    update,
)
from local_test.service.resources.experiments.trial_operations import add_trial
from local_test.service.resources.job_components.job_fields import SOURCES, JobSource
from local_test.service.resources.models.container_definitions import list_containers
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.metric_store import MetricPoint
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.records import Record

_TUNING_SUFFIX = "-aws-tuning-job"
_ENTRIES = ("Parameters", "InputArtifacts", "OutputArtifacts")
_SERIES = "MetricSeries"
_RUNNING = ("InProgress", "Stopping")


def track_job(backend: Backend, change: RecordChange) -> None:
    """Follow a change of a job in its trial component; other changes do nothing."""
    source = SOURCES.get(change.resource.kind)
    if change.resource == TUNING_JOB and change.before is None and change.after is not None:
        _add_tuning_experiment(backend, change.region, change.after)
    if source is None or change.after is None:
        return
    after = source.derive(change.after)
    if change.before is None:
        _add_component(backend, change.region, source, change.after, after)
        return
    if _SERIES in change.after and _SERIES not in change.before:
        _keep_metrics(backend, change.region, source, change.after)
    changes = _list_changes(source.derive(change.before), after)
    if changes:
        _change_component(backend, change.region, source.name_component(change.after), changes)


def _add_component(
    backend: Backend, region: str, source: JobSource, job: Record, derived: dict[str, Any]
) -> None:
    name = source.name_component(job)
    arn = job[source.resource.arn_field]
    fields = {TRIAL_COMPONENT.name_field: name} | derived
    fields["Source"] = {"SourceArn": arn, "SourceType": source.source_type}
    fields["SourceArn"] = arn
    fields["Parameters"] = derived.get("Parameters", {}) | _read_model(backend, region, job)
    try:
        find(backend, TRIAL_COMPONENT, region, name)
    except ApiError:  # the usual case: no client has made one of this name
        parents = place(backend, region, job, job[source.resource.name_field])
        parents += _find_tuning_trial(backend, region, job)
        display = read_display(job) | index_parents(region, parents)
        add(backend, TRIAL_COMPONENT, region, fields, **display)


def _read_model(backend: Backend, region: str, job: Record) -> dict[str, Any]:
    """Return the parameters that a transform job's component has of the model."""
    if MODEL.name_field not in job:
        return {}
    try:
        model = backend.records.get(MODEL, region, job[MODEL.name_field])
    except ApiError:  # deleted meanwhile
        return {}
    first = next(iter(list_containers(model)), {})
    texts = {"Image": first.get("Image"), "DataUrl": first.get("ModelDataUrl")}
    return {
        f"SageMaker.ModelPrimary.{name}": {"StringValue": text}
        for name, text in texts.items()
        if text is not None
    }


def _keep_metrics(backend: Backend, region: str, source: JobSource, job: Record) -> None:
    """Keep all values of the metrics of a training job that has ended."""
    key = source.resource.work_key(region, job[source.resource.name_field])
    series = backend.live_metrics.get(key) or job[_SERIES]
    owner = TRIAL_COMPONENT.make_arn(region, source.name_component(job))
    points = [
        MetricPoint(name, value, time) for name, pairs in series.items() for time, value in pairs
    ]
    backend.metric_store.remove(owner)
    backend.metric_store.add(owner, [point for point in points if math.isfinite(point.value)])


def _list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed fields; of those with entries, the changed entries."""
    changes: dict[str, Any] = {}
    for field, value in after.items():
        old = before.get(field)
        if value == old:
            continue
        present = old or {}
        changes[field] = (
            {key: entry for key, entry in value.items() if present.get(key) != entry}
            if field in _ENTRIES
            else value
        )
    return changes


def _change_component(backend: Backend, region: str, name: str, changes: Mapping[str, Any]) -> None:
    try:
        component = find(backend, TRIAL_COMPONENT, region, name)
    except ApiError:  # a client has deleted it
        return
    merged = {
        field: {**(component.get(field) or {}), **value} if field in _ENTRIES else value
        for field, value in changes.items()
    }
    update(backend, TRIAL_COMPONENT, region, name, **merged)


def _add_tuning_experiment(backend: Backend, region: str, job: Record) -> None:
    """Add the experiment of a tuning job, and the trial that its training jobs belong to."""
    name = f"{job[TUNING_JOB.name_field]}{_TUNING_SUFFIX}"
    source = {
        "SourceArn": job[TUNING_JOB.arn_field],
        "SourceType": f"SageMaker{TUNING_JOB.kind}",
    }
    fields = {EXPERIMENT.name_field: name}
    try:
        add(backend, EXPERIMENT, region, fields, Source=source)
        add_trial(backend, region, fields | {TRIAL.name_field: name}, Source=source)
    except ApiError:  # a client has made one of this name
        return


def _find_tuning_trial(backend: Backend, region: str, job: Record) -> list[Parent]:
    arn = job.get(f"{TUNING_JOB.kind}Arn") or job.get("TuningJobArn")
    if arn is None:
        return []
    try:
        name = f"{arn.rpartition('/')[2]}{_TUNING_SUFFIX}"
        return [make_parent(find(backend, TRIAL, region, name))]
    except ApiError:
        return []


def finish_components(backend: Backend) -> None:
    """Give components whose job ended as the service ended the state of their job."""
    for region, component in backend.records.list_all(TRIAL_COMPONENT, statuses=_RUNNING):
        key = backend.records.find_arn(region, component.get("SourceArn") or "")
        if key is None or key[0] not in SOURCES:
            continue
        source = SOURCES[key[0]]
        job = backend.records.get(source.resource, region, key[1])
        if job[source.resource.status_field] not in _RUNNING:
            changes = {"LastModifiedTime": now()} | _list_changes(component, source.derive(job))
            name = component[TRIAL_COMPONENT.name_field]
            _change_component(backend, region, name, changes)
