"""CreateModel, DescribeModel, ListModels, DeleteModel."""

from collections.abc import Mapping
from typing import Any

from local_test.endpoints.stage import check_stages
from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import begun, now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import (
    Answer,
    delete,
    describe,
    list_all,
)
from local_test.service.resources.models import model_artifacts
from local_test.service.resources.models.container_definitions import containers, direct, stages
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.registration import Registration
from local_test.workspace import open_workspace


def _create(backend: Backend, call: Call) -> Answer:
    name = call.request[MODEL.name]
    _check(call.request)
    with open_workspace() as folder:
        engine, found = stages(backend, call.region, call.request, folder)
        check_stages(found, engine)
    defaults = {"EnableNetworkIsolation": False}
    backend.records.add(
        MODEL, call.region, name, defaults | begun(MODEL, call.region, call.request, now())
    )
    return {MODEL.arn: MODEL.address(call.region, name)}


def _check(request: Mapping[str, Any]) -> None:
    if ("PrimaryContainer" in request) == bool(request.get("Containers")):
        raise invalid("Give either a PrimaryContainer or Containers.")
    hostnames = [container.get("ContainerHostname", "") for container in containers(request)]
    if direct(request) and ("Containers" not in request or not all(hostnames)):
        raise invalid("The mode Direct needs Containers, each with a ContainerHostname.")
    for name in filter(None, hostnames):
        if hostnames.count(name) > 1:
            raise invalid(f"The ContainerHostname {name} is given more than once.")
    for container in containers(request):
        if ("Image" in container) == ("ModelPackageName" in container):
            raise invalid("Each container needs an Image or a ModelPackageName.")
        if container.get("Mode") == "MultiModel" and "ModelDataUrl" not in container:
            raise invalid("A container of the mode MultiModel needs a ModelDataUrl.")
        model_artifacts.check(container)


REGISTRATION = Registration(
    operations={
        "CreateModel": _create,
        "DescribeModel": describe(MODEL),
        "ListModels": list_all(MODEL),
        "DeleteModel": delete(MODEL),
    },
    types=(MODEL,),
)
