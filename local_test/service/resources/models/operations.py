"""CreateModel, DescribeModel, ListModels, DeleteModel."""

from collections.abc import Mapping
from typing import Any

from local_test.endpoints.stage import check_stages
from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.generic_operations import (
    Output,
    delete,
    describe,
    list_all,
)
from local_test.service.resources.models import model_artifacts
from local_test.service.resources.models.container_definitions import (
    build_stages,
    is_direct,
    list_containers,
)
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration
from local_test.workspace import open_workspace


def _create(backend: Backend, call: ApiCall) -> Output:
    name = call.request[MODEL.name_field]
    _check_request(call.request)
    with open_workspace() as folder:
        built = build_stages(backend, call.region, call.request, folder)
        check_stages(built.stages, built.engine)
    defaults = {"EnableNetworkIsolation": False}
    backend.records.add(
        MODEL, call.region, name, defaults | start_record(MODEL, call.region, call.request, now())
    )
    return {MODEL.arn_field: MODEL.make_arn(call.region, name)}


def _check_request(request: Mapping[str, Any]) -> None:
    if ("PrimaryContainer" in request) == bool(request.get("Containers")):
        raise invalid("Give either a PrimaryContainer or Containers.")
    hostnames = [container.get("ContainerHostname", "") for container in list_containers(request)]
    if is_direct(request) and ("Containers" not in request or not all(hostnames)):
        raise invalid("The mode Direct needs Containers, each with a ContainerHostname.")
    for name in filter(None, hostnames):
        if hostnames.count(name) > 1:
            raise invalid(f"The ContainerHostname {name} is given more than once.")
    for container in list_containers(request):
        if ("Image" in container) == ("ModelPackageName" in container):
            raise invalid("Each container needs an Image or a ModelPackageName.")
        if container.get("Mode") == "MultiModel" and "ModelDataUrl" not in container:
            raise invalid("A container of the mode MultiModel needs a ModelDataUrl.")
        model_artifacts.check_artifacts(container)


REGISTRATION = Registration(
    operations={
        "CreateModel": _create,
        "DescribeModel": describe(MODEL),
        "ListModels": list_all(MODEL),
        "DeleteModel": delete(MODEL),
    },
    types=(MODEL,),
    events=(
        StateChangeEvents(MODEL, "SageMaker Model State Change", "DescribeModel", removal=True),
    ),
)
