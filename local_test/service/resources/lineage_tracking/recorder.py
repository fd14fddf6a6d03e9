"""Writes lineage entities and associations that may exist already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.lineage.entities import JOB_SUFFIXES, find_entity
from local_test.service.resources.lineage.lineage_writer import (
    add_association,
    ensure_entity,
    has_association,
)
from local_test.service.resources.lineage.resource import (
    ACTION,
    ARTIFACT,
    CONTEXT,
    make_trial_component_arn,
)

_ARN = "ARN"
"""The type of a source that is a resource of SageMaker. Source: SDK, tests of `lineage.action`."""


@dataclass(frozen=True)
class LineageRecorder:
    """Writes the lineage of one region. Methods return ARNs and can be repeated."""

    backend: Backend
    region: str

    def keep_artifact(self, uri: str, kind: str) -> str:
        """Keep the artifact of a URI, of a type such as `DataSet`."""
        return ensure_entity(
            self.backend,
            self.region,
            ARTIFACT,
            {"Source": {"SourceUri": uri}, "ArtifactType": kind},
        )

    def keep_context(self, name: str, kind: str, source: str) -> str:
        """Keep the context of a resource with the ARN `source`."""
        return ensure_entity(
            self.backend, self.region, CONTEXT, _describe("Context", name, kind, source)
        )

    def keep_action(self, name: str, kind: str, source: str, properties: Mapping[str, Any]) -> str:
        """Keep a completed action on the resource with the ARN `source`."""
        fields = _describe("Action", name, kind, source)
        return ensure_entity(
            self.backend,
            self.region,
            ACTION,
            {**fields, "Status": "Completed", "Properties": dict(properties)},
        )

    def find_trial_component(self, kind: str, job: str) -> str:
        """Return the ARN of a job's trial component; `kind` is `TrainingJob` or another."""
        return make_trial_component_arn(self.region, f"{job}{JOB_SUFFIXES[kind]}")

    def associate(self, source: str, destination: str, kind: str) -> None:
        """Associate two entities if they are not associated; `kind` is the association's type."""
        with self.backend.records.lock():
            ends = [find_entity(self.backend, self.region, arn) for arn in (source, destination)]
            if has_association(self.backend, self.region, source, destination):
                return
            if ends[0] is not None and ends[1] is not None:
                add_association(self.backend, self.region, ends[0], ends[1], kind)


def _describe(entity: str, name: str, kind: str, source: str) -> dict[str, Any]:
    return {
        f"{entity}Name": name,
        f"{entity}Type": kind,
        "Source": {"SourceUri": source, "SourceType": _ARN},
    }
