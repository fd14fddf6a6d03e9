"""The addresses of an endpoint's containers, for `local-sagemaker size`."""

import re

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.background.variant import Variant
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.registration import Route


def list_addresses(backend: Backend, request: Request) -> Response:
    """Answer with the variants of an endpoint and the containers' URLs of each instance."""
    region, name = request.path.split("/")[-2:]
    try:
        backend.records.get(ENDPOINT, region, name)
    except ApiError as error:
        return json_protocol.make_error_response(error)
    variants = []
    for variant in backend.running_endpoints.list_variants(region, name):
        try:
            _wake(backend, variant)
        except ApiError as error:
            return json_protocol.make_error_response(error)
        instances = [list(one.urls) for one in variant.list_endpoints()]
        variants.append({"name": variant.name, "instances": instances})
    return json_protocol.make_response({"variants": variants})


def _wake(backend: Backend, variant: Variant) -> None:
    """Start a variant whose containers were stopped as it was idle."""
    if variant.is_asleep:
        with backend.running_endpoints.hold(variant):
            return


INSTANCES = Route(
    re.compile("/local-sagemaker/instances/[^/]+/[^/]+"),
    list_addresses,
    methods=frozenset({"GET"}),
)
