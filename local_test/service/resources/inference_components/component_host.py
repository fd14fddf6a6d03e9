"""The variant whose instances a component's copies share, and the room that is left there."""

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.blueprint import find_blueprint
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG, PRODUCTION
from local_test.service.resources.endpoints.resource import (
    ENDPOINT,
    INFERENCE_COMPONENT,
    list_components,
)
from local_test.service.resources.inference_components.instance_capacity import (
    Capacity,
    find_capacity,
)
from local_test.service.resources.inference_components.placement import (
    Copies,
    HostVariant,
    place_copies,
)
from local_test.service.storage.records import Record


def find_host_variant(backend: Backend, region: str, component: Record) -> Record:
    """Return the configuration of the variant that hosts a component.

    Raises ApiError when the endpoint or the variant does not exist, or has a model of its own.
    """
    endpoint, name = component["EndpointName"], component.get("VariantName")
    config = read_config(backend, region, endpoint)
    variants = [item for item in config[PRODUCTION] if name in {None, item["VariantName"]}]
    if not variants:
        raise invalid(f"Endpoint {endpoint} has no variant {name}.")
    if "ModelName" in variants[0]:
        raise invalid(
            f"Variant {variants[0]['VariantName']} of endpoint {endpoint} has a model. Create the "
            "endpoint configuration without ModelName to deploy inference components."
        )
    return dict(variants[0])


def read_config(backend: Backend, region: str, endpoint: str) -> Record:
    """Return the configuration of an endpoint. Raises ApiError when there is none."""
    record = backend.records.get(ENDPOINT, region, endpoint)
    if (blueprint := find_blueprint(record)) is not None:
        return blueprint.config
    return backend.records.get(ENDPOINT_CONFIG, region, record["EndpointConfigName"])


def place_components(backend: Backend, region: str, component: Record) -> int:
    """Return how many instances a variant needs for its components, a new or changed one included.

    Raises UserError when they do not fit.
    """
    variant = find_host_variant(backend, region, component)
    kind = variant.get("InstanceType", "")
    initial = int(variant.get("InitialInstanceCount", 1))
    scaling = variant.get("ManagedInstanceScaling", {})
    managed = scaling.get("Status") == "ENABLED"
    host = HostVariant(
        kind,
        find_capacity(kind),
        int(scaling.get("MinInstanceCount", initial)) if managed else initial,
        int(scaling.get("MaxInstanceCount", initial)) if managed else initial,
    )
    name = component[INFERENCE_COMPONENT.name_field]
    others = [
        record
        for record in list_components(backend.records, region, component["EndpointName"])
        if record[INFERENCE_COMPONENT.name_field] != name
        and record["VariantName"] == variant["VariantName"]
        and record[INFERENCE_COMPONENT.status_field] not in {"Failed", "Deleting"}
    ]
    return place_copies(host, map(_describe_copies, [*others, component]))


def set_instance_count(backend: Backend, region: str, component: Record, count: int) -> None:
    """Give the variant that hosts a component so many instances; they have no containers."""
    endpoint, variant = component["EndpointName"], component["VariantName"]
    for running in backend.running_endpoints.list_variants(region, endpoint):
        if running.name == variant:
            running.host_count = count
    with backend.records.lock():
        try:
            record = backend.records.get(ENDPOINT, region, endpoint)
        except ApiError:  # deleted meanwhile
            return
        changes = {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
        variants = [
            item | (changes if item["VariantName"] == variant else {})
            for item in record.get(PRODUCTION, ())
        ]
        backend.records.update(ENDPOINT, region, endpoint, ProductionVariants=variants)


def _describe_copies(component: Record) -> Copies:
    needed = component["Specification"].get("ComputeResourceRequirements", {})
    return Copies(
        component[INFERENCE_COMPONENT.name_field],
        int(component["RuntimeConfig"]["DesiredCopyCount"]),
        Capacity(
            needed.get("NumberOfCpuCoresRequired", 0.0),
            needed.get("MinMemoryRequiredInMb", 0.0),
            needed.get("NumberOfAcceleratorDevicesRequired", 0.0),
        ),
    )
