"""Interrupt a managed spot training job on request of `local-sagemaker interrupt`.

Source: Developer Guide, 'Managed Spot Training': the containers are stopped, and the job starts
again when there is capacity, from its checkpoints.
"""

import re

from werkzeug.wrappers import Request, Response

from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.backend import Backend
from local_test.service.resources.registration import Route
from local_test.service.resources.training.resource import TRAINING_JOB


def interrupt(backend: Backend, request: Request) -> Response:
    """Interrupt the training job with the request's `name` and `region`."""
    name = request.args.get("name", "")
    region = request.args.get("region", json_protocol.DEFAULT_REGION)
    try:
        record = backend.records.get(TRAINING_JOB, region, name)
        if not record["EnableManagedSpotTraining"]:
            raise invalid(f"Training job {name} is none of managed spot training.")
        if record["SecondaryStatus"] != "Training":
            raise invalid(f"Training job {name} is in status {record['SecondaryStatus']}.")
    except ApiError as error:
        return json_protocol.make_error_response(error)
    backend.threads.interrupt(TRAINING_JOB.work_key(region, name))
    return json_protocol.make_response({})


INTERRUPT = Route(re.compile("/local-sagemaker/interrupt"), interrupt, methods=frozenset({"POST"}))
