"""Every operation of SageMaker's APIs is done, or refused at once with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from local_test.service.api.called_operation import list_sagemaker_services
from local_test.service.resources import registry
from tests.clients.account import Account
from tests.clients.sweep import Answer, call_operations, make_client

ROUTED = frozenset[str]().union(*(route.operations for route in registry.ROUTES))
DONE = registry.OPERATIONS.keys()
REFUSALS = {"ValidationException", "ValidationError"}


def list_undone(service: str, names: list[str]) -> list[str]:
    done = DONE if service == "sagemaker" else ROUTED
    return sorted(set(names) - done)


@pytest.mark.parametrize("service", list_sagemaker_services())
def test_every_operation_is_done_or_refused(watched: tuple[Account, Path], service: str) -> None:
    account, terminal = watched
    client = make_client(account, service)
    names: list[str] = client.meta.service_model.operation_names
    answers = {answer.operation: answer for answer in call_operations(client, names)}
    assert len(answers) == len(names) > 1
    assert [answer for answer in answers.values() if not answer.is_sound] == []
    undone = [answers[name] for name in list_undone(service, names)]
    assert [answer for answer in undone if not is_refusal(answer, service)] == []
    done = [answer for answer in answers.values() if answer not in undone]
    assert [answer for answer in done if "not supported by the local" in answer.message] == []
    assert terminal.read_text() == ""


def is_refusal(answer: Answer, service: str) -> bool:
    sentence = f"{answer.operation} of {service} is not supported by the local service. "
    is_known = answer.status == 400 and answer.code in REFUSALS
    return is_known and answer.message.startswith(sentence) and answer.message.endswith(".")


def test_the_sweep_covers_every_api_of_sagemaker() -> None:
    services = list_sagemaker_services()
    models = {name: boto3.Session()._session.get_service_model(name) for name in services}
    assert len(models["sagemaker"].operation_names) > 400
    assert {"sagemaker-runtime", "sagemaker-metrics", "sagemaker-geospatial"} <= models.keys()
    known: set[str] = set(models["sagemaker"].operation_names)
    assert known >= DONE
    assert known & ROUTED == set()
    others = models.keys() - {"sagemaker"}
    assert {name for one in others for name in models[one].operation_names} >= ROUTED


def test_a_refusal_is_typed_in_the_body_and_in_the_header(watched: tuple[Account, Path]) -> None:
    """REST-JSON clients read the header, JSON clients the body."""
    client = make_client(watched[0], "sagemaker-a2i-runtime")
    seen: list[Any] = []
    client.meta.events.register("response-received", lambda **one: seen.append(one))
    sentence = "DescribeHumanLoop of sagemaker-a2i-runtime is not supported"
    with pytest.raises(client.exceptions.ValidationException, match=sentence):
        client.describe_human_loop(HumanLoopName="h")
    headers = seen[0]["response_dict"]["headers"]
    assert headers["x-amzn-ErrorType"] == "ValidationException"
    assert headers["Content-Type"] == "application/json"


def test_an_operation_that_does_not_exist_is_unknown(
    watched: tuple[Account, Path],
) -> None:
    sagemaker = watched[0].sagemaker

    def rename(request: Any, **_: Any) -> None:
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = "SageMaker.MakeCoffee"

    sagemaker.meta.events.register("before-send.sagemaker.ListModels", rename)
    with pytest.raises(sagemaker.exceptions.ClientError) as caught:
        sagemaker.list_models()
    sagemaker.meta.events.unregister("before-send.sagemaker.ListModels", rename)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "MakeCoffee of sagemaker is not supported" in str(caught.value)
