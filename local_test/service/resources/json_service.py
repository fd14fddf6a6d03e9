"""Answer a call of another AWS service whose operations are done here, in the JSON protocol."""

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall, ForwardToMoto
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations


def answer_call(
    backend: Backend, request: Request, api: ServiceModel, operations: Operations
) -> Response:
    """Answer a request for one of these operations. Raises ForwardToMoto when it is moto's."""
    name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if name not in operations:
        raise ForwardToMoto
    try:
        content = json_protocol.read_body(request)
        api.validate(name, content)
        region, _ = json_protocol.read_credential_scope(request)
        call = ApiCall(name, content, region, api.get_operation(name).output_shape)
        return json_protocol.make_response(operations[name](backend, call))
    except ApiError as error:
        return json_protocol.make_error_response(error)
