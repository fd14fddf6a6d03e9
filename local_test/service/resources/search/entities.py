"""What is searched: the records of a type in the shape that SearchRecord has for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.api.resource_type import ResourceType
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.experiments.resource import TRIAL, TRIAL_COMPONENT
from local_test.service.resources.model_cards.resource import MODEL_CARD
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.search.experiment_details import ExperimentDetails
from local_test.service.resources.search.model_card_details import describe_card
from local_test.service.resources.search.model_dashboard import ModelDashboard
from local_test.service.storage.records import Record


@dataclass(frozen=True)
class Entity:
    """A found resource: its shape's fields, and what it is sorted by if nothing else is named."""

    fields: dict[str, Any]
    arn: str
    modified: float


@dataclass(frozen=True)
class Searchable:
    """A type of resources that can be searched; `member` is its field in a SearchRecord."""

    resource: ResourceType
    member: str
    shape: Shape

    def list_entities(self, backend: Backend, region: str) -> Iterator[Entity]:
        """Yield all resources of the type in a region."""
        describe = self._choose_description(backend, region)
        for record in backend.records.iterate(self.resource, region):
            fields = describe(record, self.shape)
            modified = float(record.get("LastModifiedTime") or record["CreationTime"])
            yield Entity(fields, str(record[self.resource.arn_field]), modified)

    def _choose_description(
        self, backend: Backend, region: str
    ) -> Callable[[Record, Shape], dict[str, Any]]:
        """Return what makes the fields of a record, with what Search adds to its type."""
        if self.resource == MODEL:
            return ModelDashboard(backend, region).describe
        if self.resource == MODEL_CARD:
            return describe_card
        if self.resource == TRIAL:
            return ExperimentDetails(backend, region).describe_trial
        if self.resource == TRIAL_COMPONENT:
            return ExperimentDetails(backend, region).describe_component
        return select_fields


def find_searchable(backend: Backend, name: str) -> Searchable:
    """Return the searchable type of a request's `Resource`. Raises ApiError when there is none.

    The field of a SearchRecord has the name of the type, without the prefix of trials.
    """
    members = backend.api.get_operation("Search").output_shape.members["Results"].member.members
    member = name if name in members else name.removeprefix("Experiment")
    resource = next((one for one in backend.types if one.kind == member), None)
    if resource is None or member not in members:
        kinds = sorted(one.kind for one in backend.types if one.kind in members)
        raise invalid(
            f"Search for {name} is not done by the local service, which keeps no such resources."
            f" Search for one of {', '.join(kinds)}."
        )
    return Searchable(resource, member, members[member])
