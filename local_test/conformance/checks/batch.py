"""What batch transform asks of a server, and a neighbour in a pipeline."""

import json

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import expect, raise_not_applicable

_KEYS = {"MaxConcurrentTransforms": int, "BatchStrategy": str, "MaxPayloadInMB": int}
_STRATEGIES = {"MULTI_RECORD", "SINGLE_RECORD"}
_NOT_FOUND = 404


@check(59, MUST, "Name nothing by its place; whatever serving needs is in the archive.")
def serves_elsewhere(session: Session) -> None:
    """The model, packed to model.tar.gz and unpacked elsewhere, is served."""
    expect(session.first_response.status == 200, f"the request gets {session.first_response}")


@check(61, MUST, "Listen on SAGEMAKER_BIND_TO_PORT where it is set.")
def moves_its_port(session: Session) -> None:
    """SAGEMAKER_BIND_TO_PORT moves the listener, so that several share one network."""
    _ = session.response
    with session.serve(ServingPlan(listeners=2)) as server:
        response = server.invoke(accept=session.response.media_type)
    expect(response.body == session.response.body, f"at another port the request gets {response}")


@check(72, SHOULD, "Answer 200 with the three keys, or 404 where there is nothing to advise.")
def execution_parameters(session: Session) -> None:
    """GET /execution-parameters gives the three keys in JSON."""
    _ = session.response
    response = session.shared_container.get("/execution-parameters")
    if response.status == _NOT_FOUND:
        raise_not_applicable("it gives no execution parameters")
    expect(response.status == 200, f"/execution-parameters gets {response}")
    try:
        values = json.loads(response.body)
    except ValueError:
        values = None
    expect(isinstance(values, dict), f"/execution-parameters is no JSON object: {response}")
    wrong = [key for key, kind in _KEYS.items() if not isinstance(values.get(key), kind)]
    expect(not wrong, f"/execution-parameters lacks {', '.join(wrong)} of the right type")
    strategy = values["BatchStrategy"]
    expect(strategy in _STRATEGIES, f"BatchStrategy is {strategy!r}")


@check(73, MUST, "Compare SAGEMAKER_BATCH with true; that it is set says nothing.")
def batch_by_value(session: Session) -> None:
    """SAGEMAKER_BATCH counts by its value: false is as if it were not set, true is served too."""
    for value in ("false", "true"):
        with session.serve(ServingPlan(environment={"SAGEMAKER_BATCH": value})) as server:
            response = server.invoke(accept=session.response.media_type)
        expect(
            (response.status, response.body) == (200, session.response.body),
            f"with SAGEMAKER_BATCH={value} the request gets {response}",
        )
