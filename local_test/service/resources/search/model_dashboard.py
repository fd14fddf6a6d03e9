"""Models as Search finds them: with their endpoints, the monitors of these, jobs and model cards.

Source: API, ModelDashboardModel.
"""

from collections import defaultdict
from functools import cached_property
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG, list_configured
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.model_cards.card_content import read_searched_fields
from local_test.service.resources.model_cards.resource import MODEL_CARD
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_schedules.alert import ALERT
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record


class ModelDashboard:
    """What uses the models of a region, read once for all of them."""

    def __init__(self, backend: Backend, region: str) -> None:
        self._backend = backend
        self._region = region

    def describe(self, record: Record, shape: Shape) -> dict[str, Any]:
        """Return a model in the shape of the dashboard; it has no field without content."""
        name, members = record[MODEL.name_field], shape.members
        job = self._last_jobs.get(name)
        endpoint = members["Endpoints"].member
        fields = {
            "Model": select_fields(record, members["Model"]),
            "Endpoints": [select_fields(one, endpoint) for one in self._endpoints.get(name, ())],
            "MonitoringSchedules": self._describe_schedules(
                name, members["MonitoringSchedules"].member
            ),
            "LastBatchTransformJob": select_fields(job or {}, members["LastBatchTransformJob"]),
            "ModelCard": select_fields(
                self._cards.get(record[MODEL.arn_field], {}), members["ModelCard"]
            ),
        }
        return {field: value for field, value in fields.items() if value}

    def _describe_schedules(self, model: str, shape: Shape) -> list[dict[str, Any]]:
        """Return the monitoring schedules of a model's endpoints, with their alerts."""
        endpoints = {one[ENDPOINT.name_field] for one in self._endpoints.get(model, ())}
        return [
            select_fields(schedule, shape) | {"MonitoringAlertSummaries": [schedule[ALERT]]}
            for _, schedule in self._backend.records.list_all(MONITORING_SCHEDULE, self._region)
            if schedule.get(ENDPOINT.name_field) in endpoints
        ]

    @cached_property
    def _endpoints(self) -> dict[str, list[Record]]:
        """The endpoints by the names of the models in their configurations."""
        records = self._backend.records
        configs = {
            config[ENDPOINT_CONFIG.name_field]: [item for _, item in list_configured(config)]
            for _, config in records.list_all(ENDPOINT_CONFIG, self._region)
        }
        found = defaultdict[str, list[Record]](list)
        for _, endpoint in records.list_all(ENDPOINT, self._region):
            variants = configs.get(endpoint[ENDPOINT_CONFIG.name_field], ())
            for name in sorted({item["ModelName"] for item in variants if "ModelName" in item}):
                found[name].append(endpoint)
        return dict(found)

    @cached_property
    def _last_jobs(self) -> dict[str, Record]:
        """The newest transform job by the name of its model."""
        jobs = [job for _, job in self._backend.records.list_all(TRANSFORM_JOB, self._region)]
        jobs.sort(key=lambda job: float(job["CreationTime"]))
        return {job[MODEL.name_field]: job for job in jobs}

    @cached_property
    def _cards(self) -> dict[str, Record]:
        """The model card that was modified last by the ARN of its model."""
        cards = [card for _, card in self._backend.records.list_all(MODEL_CARD, self._region)]
        cards.sort(key=lambda card: float(card["LastModifiedTime"]))
        found = [card | read_searched_fields(card["Content"]) for card in cards]
        return {card["ModelId"]: card for card in found if "ModelId" in card}
