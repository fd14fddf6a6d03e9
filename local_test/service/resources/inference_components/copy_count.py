"""How many copies an inference component has."""

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.endpoints.resource import INFERENCE_COMPONENT
from local_test.service.resources.inference_components.component_work import ComponentWork
from local_test.service.resources.inference_components.resource import check_component_idle
from local_test.service.resources.lifecycle import start_work
from local_test.service.storage.records import Record


def change_copies(backend: Backend, region: str, name: str, count: int) -> Record:
    """Set the desired number of copies and return the component's record.

    The component is `Updating` until the copies run. Raises ApiError when it is being changed.
    """
    with backend.records.lock():
        record = backend.records.get(INFERENCE_COMPONENT, region, name)
        check_component_idle(record)
        changes = {
            "RuntimeConfig": record["RuntimeConfig"] | {"DesiredCopyCount": count},
            INFERENCE_COMPONENT.status_field: "Updating",
            "LastModifiedTime": now(),
        }
        backend.records.update(INFERENCE_COMPONENT, region, name, **changes)
    work = ComponentWork(backend, region, name)
    start_work(backend, INFERENCE_COMPONENT, region, name, work.resize)
    return record
