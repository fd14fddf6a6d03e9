"""What batch transform asks of a server, and a neighbour in a pipeline."""

import json

from local_test.conformance.check import MUST, SHOULD, check
from local_test.conformance.harness.serving_container import Hosting
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import expect, inapplicable

_KEYS = {"MaxConcurrentTransforms": int, "BatchStrategy": str, "MaxPayloadInMB": int}
_STRATEGIES = {"MULTI_RECORD", "SINGLE_RECORD"}
_NOT_FOUND = 404


@check(59, MUST, "Name nothing by its place; whatever serving needs is in the archive.")
def serves_elsewhere(bench: Bench) -> None:
    """The model, packed to model.tar.gz and unpacked elsewhere, is served."""
    expect(bench.first.status == 200, f"the request gets {bench.first}")


@check(61, MUST, "Listen on SAGEMAKER_BIND_TO_PORT where it is set.")
def moves_its_port(bench: Bench) -> None:
    """SAGEMAKER_BIND_TO_PORT moves the listener, so that several share one network."""
    _ = bench.answer
    with bench.hosting(Hosting(listeners=2)) as served:
        reply = served.ask(accept=bench.answer.content_type)
    expect(reply.body == bench.answer.body, f"at another port the request gets {reply}")


@check(72, SHOULD, "Answer 200 with the three keys, or 404 where there is nothing to advise.")
def execution_parameters(bench: Bench) -> None:
    """GET /execution-parameters gives the three keys in JSON."""
    _ = bench.answer
    reply = bench.served.get("/execution-parameters")
    if reply.status == _NOT_FOUND:
        inapplicable("it gives no execution parameters")
    expect(reply.status == 200, f"/execution-parameters gets {reply}")
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = None
    expect(isinstance(told, dict), f"/execution-parameters is no JSON object: {reply}")
    wrong = [key for key, kind in _KEYS.items() if not isinstance(told.get(key), kind)]
    expect(not wrong, f"/execution-parameters lacks {', '.join(wrong)} of the right type")
    strategy = told["BatchStrategy"]
    expect(strategy in _STRATEGIES, f"BatchStrategy is {strategy!r}")


@check(73, MUST, "Compare SAGEMAKER_BATCH with true; that it is set says nothing.")
def batch_by_value(bench: Bench) -> None:
    """SAGEMAKER_BATCH counts by its value: false is as if it were not set, true is served too."""
    for value in ("false", "true"):
        with bench.hosting(Hosting(environment={"SAGEMAKER_BATCH": value})) as served:
            reply = served.ask(accept=bench.answer.content_type)
        expect(
            (reply.status, reply.body) == (200, bench.answer.body),
            f"with SAGEMAKER_BATCH={value} the request gets {reply}",
        )
