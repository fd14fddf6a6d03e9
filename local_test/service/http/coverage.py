"""Which SageMaker operations are done: those of the registry of resources, and no others.

Every other operation is refused. moto would accept some, and report work as done that nobody did.
"""

import re
from typing import Any

from werkzeug.wrappers import Request, Response

from local_test.service.api.called_operation import CalledOperation, identify_operation
from local_test.service.api.json_protocol import read_credential_scope, read_operation
from local_test.service.api.protocol_errors import make_protocol_error, make_unsupported_error
from local_test.service.resources import registry

_ADVICE = (
    ("Notebook", "Start Jupyter on this machine; `local-sagemaker env` points AWS clients here"),
    ("Compilation", "Deploy the model without compiling it"),
    ("Labeling|Workteam|Workforce|HumanTask|FlowDefinition", "Label the data with another tool"),
    ("InferenceRecommendationsJob", "Size the endpoint with `local-sagemaker size`"),
    ("InferenceExperiment", "Deploy a shadow variant (ShadowProductionVariants)"),
    ("BidirectionalStream", "Use InvokeEndpoint or InvokeEndpointWithResponseStream"),
)
_OTHERWISE = "Leave the call out of local runs, or send it to AWS"


def refuse_unsupported(environ: dict[str, Any]) -> Response | None:
    """Return the refusal of a call to SageMaker that nobody does, None for every other request."""
    request = Request(environ)
    call = identify_operation(environ, b"") if _may_be_sagemaker(request) else None
    if call is None or is_done(call):
        return None
    if call.name:
        error = make_unsupported_error(call, call.name, f"{advise(call.name)}.")
    else:
        what = f"{request.method} {request.path}"
        error = make_unsupported_error(call, what, "Check the address and the operation.")
    return make_protocol_error(call, error)


def is_done(call: CalledOperation) -> bool:
    """Return True if an operation is done here."""
    return call.model == "sagemaker" and call.name in registry.OPERATIONS


def advise(operation: str) -> str:
    """Return what to do instead of an operation that is not supported, without a full stop."""
    return next((text for pattern, text in _ADVICE if re.search(pattern, operation)), _OTHERWISE)


def _may_be_sagemaker(request: Request) -> bool:
    service = read_credential_scope(request)[1]
    return service.startswith("sagemaker") or read_operation(request) is not None
