"""Trials and trial components as Search finds them: with their components and their source.

Source: API, Trial (`TrialComponentSummaries`) and TrialComponent (`SourceDetail`).
"""

from collections import defaultdict
from functools import cached_property
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.resource_type import ResourceType
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.experiments.metric_summaries import add_metrics
from local_test.service.resources.experiments.resource import TRIAL, TRIAL_COMPONENT, summarize
from local_test.service.storage.records import Record

_SUMMARIES, _DETAIL = "TrialComponentSummaries", "SourceDetail"


class ExperimentDetails:
    """What Search adds to the trials and trial components of a region, read once for all."""

    def __init__(self, backend: Backend, region: str) -> None:
        self._backend = backend
        self._region = region

    def describe_trial(self, record: Record, shape: Shape) -> dict[str, Any]:
        """Return a trial in the shape of Search."""
        summary = shape.members[_SUMMARIES].member
        components = self._components.get(record[TRIAL.arn_field], ())
        found = [summarize(TRIAL_COMPONENT, one, summary) for one in components]
        return select_fields(record, shape) | {_SUMMARIES: found}

    def describe_component(self, record: Record, shape: Shape) -> dict[str, Any]:
        """Return a trial component in the shape of Search; of a job, with the job."""
        fields = select_fields(add_metrics(self._backend, [record])[0], shape)
        source = (record.get("Source") or {}).get("SourceArn", "")
        key = self._backend.records.find_arn(self._region, source)
        member = shape.members[_DETAIL].members.get(key[0]) if key else None
        if key is not None and member is not None:
            job = self._backend.records.get(self._types[key[0]], self._region, key[1])
            fields[_DETAIL] = {"SourceArn": source, key[0]: select_fields(job, member)}
        return fields

    @cached_property
    def _types(self) -> dict[str, ResourceType]:
        return {resource.kind: resource for resource in self._backend.types}

    @cached_property
    def _components(self) -> dict[str, list[Record]]:
        """The components by the ARNs of their trials."""
        found = defaultdict[str, list[Record]](list)
        for component in self._backend.records.iterate(TRIAL_COMPONENT, self._region):
            for arn in component.get("TrialArns", ()):
                found[arn].append(component)
        return dict(found)
