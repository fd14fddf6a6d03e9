"""Tracks the changes of records whose lineage the service writes."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from local_test.service.api.resource_type import ResourceType, now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.resources.lineage.resource import ACTION, ARTIFACT, ASSOCIATION, CONTEXT
from local_test.service.resources.lineage_tracking.endpoint_lineage import track_endpoint
from local_test.service.resources.lineage_tracking.feature_group_lineage import (
    track_feature_group,
)
from local_test.service.resources.lineage_tracking.job_lineage import (
    track_processing,
    track_training,
    track_transform,
)
from local_test.service.resources.lineage_tracking.recorder import LineageRecorder
from local_test.service.resources.lineage_tracking.registry_lineage import (
    track_group,
    track_package,
)
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, PACKAGE_GROUP
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.record_changes import RecordChange
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

Rule = Callable[[LineageRecorder, Record], None]
"""Keeps the lineage of a record as it is now; it can be repeated."""

RULES: Mapping[ResourceType, Rule] = {
    TRAINING_JOB: track_training,
    PROCESSING_JOB: track_processing,
    TRANSFORM_JOB: track_transform,
    PACKAGE_GROUP: track_group,
    MODEL_PACKAGE: track_package,
    ENDPOINT: track_endpoint,
    FEATURE_GROUP: track_feature_group,
}
_WATCHED = ("ModelApprovalStatus", "ApprovalDescription", "InferenceSpecification")
_MARGIN_SECONDS = 60.0


class LineageTracker:
    """Writes the lineage of changes in the thread that delivers them.

    What a full disk refuses is written with the next change.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._refused: deque[tuple[ResourceType, str, Record]] = deque()

    def receive(self, change: RecordChange) -> None:
        """Write the lineage of a change, if there is any. Raises OSError when it is refused."""
        if change.after is not None and change.resource in RULES and _has_news(change):
            self._refused.append((change.resource, change.region, change.after))
        while self._refused:
            waiting = self._refused.popleft()
            try:
                self._track(*waiting)
            except OSError:
                self._refused.appendleft(waiting)
                raise

    def catch_up(self) -> None:
        """Write the lineage of what changed last before the service was killed."""
        for region in self._backend.records.list_regions():
            since = max(self._list_times(region), default=now()) - _MARGIN_SECONDS
            query = RecordQuery(modified=(since, None))
            for resource in RULES:
                for record in self._backend.records.find_page(resource, region, query)[0]:
                    self._track(resource, region, record)

    def _track(self, resource: ResourceType, region: str, record: Record) -> None:
        RULES[resource](LineageRecorder(self._backend, region), record)

    def _list_times(self, region: str) -> Iterable[float]:
        """Yield when the newest entities of each kind were written, in seconds since 1970."""
        query = RecordQuery(order="modified", descending=True, limit=1)
        for resource in (ARTIFACT, ACTION, CONTEXT, ASSOCIATION):
            for record in self._backend.records.find_page(resource, region, query)[0]:
                yield float(record.get("LastModifiedTime") or record["CreationTime"])


def _has_news(change: RecordChange) -> bool:
    """Return True for a new record, a new status or approval, and another specification."""
    if change.before is None or change.after is None:
        return True
    watched = (change.resource.status_field, *_WATCHED)
    return any(change.before.get(name) != change.after.get(name) for name in watched)


def start_tracking(backend: Backend) -> None:
    """Track all changes from now on, after those that an earlier service has not tracked."""
    tracker = LineageTracker(backend)
    backend.records.subscribe(tracker.receive)
    tracker.catch_up()
