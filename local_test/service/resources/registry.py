"""The SageMaker resources of this service; `http.coverage` refuses all other operations.

To add a resource, make a folder with a module `operations` that has a `REGISTRATION`, and add the
folder's name to `FOLDERS`. The console shows the types in this order.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from importlib import import_module

from werkzeug.wrappers import Request

from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.events.emission import emit_changes
from local_test.service.resources.generic_operations import Operation, Operations
from local_test.service.resources.page import Page, View
from local_test.service.resources.registration import Registration, Route
from local_test.service.storage.state.journal import JournalEntry

FOLDERS = (
    "training",
    "tuning",
    "automl_jobs",
    "transform",
    "processing",
    "models",
    "model_packages",
    "endpoint_configs",
    "endpoints",
    "monitor_definitions",
    "monitoring_executions",
    "monitoring_schedules",
    "inference_components",
    "pipelines",
    "feature_groups",
    "lineage",
    "lineage_tracking",
    "model_cards",
    "tags",
    "search",
    "event_rules",
    "schedules",
    "functions",
    "stacks",
    "projects",
    "autoscaling",
    "alarms",
    "athena",
    "mlflow",
    "experiments",
    "job_components",
    "trial_metrics",
    "experiment_pages",
    "model_pages",
)


def load_registration(folder: str) -> Registration:
    """Import the operations of a resource's folder and return its registration."""
    registration = import_module(f"{__package__}.{folder}.operations").REGISTRATION
    if not isinstance(registration, Registration):
        raise TypeError(f"the REGISTRATION of {folder} is no Registration")
    return registration


def merge_operations(registrations: Iterable[Registration]) -> Operations:
    """Return all operations by name. Raises ValueError when two registrations have one name."""
    operations: dict[str, Operation] = {}
    for registration in registrations:
        twice = operations.keys() & registration.operations.keys()
        if twice:
            raise ValueError(f"operations registered twice: {', '.join(sorted(twice))}")
        operations |= registration.operations
    return operations


REGISTRATIONS = tuple(map(load_registration, FOLDERS))
OPERATIONS = merge_operations(REGISTRATIONS)
TYPES: tuple[ResourceType, ...] = tuple(kind for one in REGISTRATIONS for kind in one.types)
ROUTES: tuple[Route, ...] = tuple(route for one in REGISTRATIONS for route in one.routes)
PAGES: tuple[Page, ...] = tuple(page for one in REGISTRATIONS for page in one.pages)
VIEWS: tuple[View, ...] = tuple(view for one in REGISTRATIONS for view in one.views)


def find_page(path: str) -> Page | None:
    """Return the console page of a resource type by the type's `path`, None if it has none."""
    return next((page for page in PAGES if page.resource.path == path), None)


def find_view(path: str) -> View | None:
    """Return the view of the console at a path, None if there is none."""
    return next((view for view in VIEWS if view.path == path), None)


def find_route(request: Request) -> Route | None:
    """Return the route that answers a request, None where there is none."""
    return next((route for route in ROUTES if route.matches(request)), None)


def limits_body(path: str) -> bool:
    """Return True if the resource that answers this path sets the largest body itself."""
    return any(route.limits_body and route.path.fullmatch(path) for route in ROUTES)


def migrate(backend: Backend, entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """Call `migrate` of all resources, and return the entries that none of them takes over."""
    for registration in REGISTRATIONS:
        entries = registration.migrate(backend, entries)
    return entries


def resume(backend: Backend) -> None:
    """Call `restart` of all resources, and from now on emit events and fire schedules.

    `restart` fails unfinished jobs and deploys endpoints again.
    """
    for registration in REGISTRATIONS:
        for observer in registration.observers:
            backend.records.observe(partial(observer, backend))
    sources = [source for one in REGISTRATIONS for source in one.events]
    emit_changes(backend.records, backend.event_bus, backend.api, sources)
    for registration in REGISTRATIONS:
        registration.restart(backend)
    backend.timetable.start(partial(one.agenda, backend) for one in REGISTRATIONS)
