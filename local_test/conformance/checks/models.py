"""What a multi-model endpoint asks of a server.

Source: Developer Guide, 'Custom Containers Contract for Multi-Model Endpoints'.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.serving_container import (
    ContainerResponse,
    ServingContainer,
    ServingPlan,
)
from local_test.conformance.harness.session import Session
from local_test.conformance.outcomes import CheckBlocked, expect, raise_not_applicable
from local_test.endpoints.stage import MULTI_MODEL_LABEL

_NEEDS = f"label {MULTI_MODEL_LABEL}"
_MANY = {"SAGEMAKER_MULTI_MODEL": "true"}
_GOOD, _BAD, _UNUSUAL = "0a1b2c", "d3e4f5", "A.b_c-9~"
_ROUNDS = 4


@check(81, MUST, "Start without a model; answer /ping with 200.", needs=_NEEDS)
def starts_empty(session: Session) -> None:
    """With SAGEMAKER_MULTI_MODEL=true it starts without a model, is well, and lists none."""
    with _serve_models(session) as server:
        _expect_status(server.get("/ping"), 200, "/ping")
        listed = _expect_status(server.get("/models"), 200, "GET /models")
        expect(_list_names(listed) == [], f"before anything is loaded GET /models gives {listed}")


@check(82, MUST, "Answer 409 for a name that is taken, 4xx for a bad model.", needs=_NEEDS)
def loads(session: Session) -> None:
    """A model loads with 200, again with 409, and one that cannot be loaded is not listed."""
    with _serve_models(session) as server:
        _expect_status(_load_model(server, _GOOD), 200, "loading a model")
        _expect_status(_load_model(server, _GOOD), 409, "loading a model that is loaded")
        bad = _load_model(server, _BAD, folder="surely-not-there")
        expect(bad.status >= 400, f"loading a model that is not there gets {bad}")
        listed = _expect_status(server.get("/models"), 200, "GET /models")
        expect(_list_names(listed) == [_GOOD], f"after that GET /models gives {listed}")


@check(83, MUST, "List models with modelName and modelUrl; 404 for one unknown.", needs=_NEEDS)
def lists(session: Session) -> None:
    """GET /models/NAME gives one model, and 404 for a name it does not know."""
    with _serve_models(session) as server:
        _expect_status(_load_model(server, _GOOD), 200, "loading a model")
        one = _expect_status(server.get(f"/models/{_GOOD}"), 200, "GET /models/NAME")
        values = json.loads(one.body)
        expect(values.get("modelName") == _GOOD, f"GET /models/NAME gives {one}")
        expect("modelUrl" in values, f"GET /models/NAME gives {one}, without modelUrl")
        _expect_status(server.get(f"/models/{_BAD}"), 404, "GET /models/NAME for an unknown name")


@check(84, MUST, "Answer as the endpoint of one model does.", needs=_NEEDS)
def answers(session: Session) -> None:
    """A loaded model answers as it does alone; one that is not loaded gets 404."""
    expected = session.response
    with _serve_models(session) as server:
        _expect_status(_load_model(server, _GOOD), 200, "loading a model")
        response = _expect_status(_invoke_model(server, _GOOD), 200, "invoking a loaded model")
        expect(
            response.body == expected.body, f"several give {response}, alone it gives {expected}"
        )
        _expect_status(_invoke_model(server, _BAD), 404, "invoking an unknown model")


@check(85, MUST, "Answer DELETE when the model's memory is free.", needs=_NEEDS)
def unloads(session: Session) -> None:
    """A model unloads with 200, and is unknown afterwards."""
    with _serve_models(session) as server:
        _expect_status(_load_model(server, _GOOD), 200, "loading a model")
        path = f"/models/{_GOOD}"
        _expect_status(
            server.invoke(b"", None, path=path, method="DELETE"), 200, "unloading a model"
        )
        _expect_status(
            server.invoke(b"", None, path=path, method="DELETE"), 404, "unloading it again"
        )
        _expect_status(_invoke_model(server, _GOOD), 404, "invoking a model that was unloaded")


@check(86, MUST, "Guard the table of models, and take any URL-safe name.", needs=_NEEDS)
def survives_concurrent_calls(session: Session) -> None:
    """Loading, invoking and unloading at the same time do no harm, whatever the name."""
    expected = session.response.body

    def churn(server: ServingContainer, name: str) -> list[str]:
        wrong = []
        for _ in range(_ROUNDS):
            loaded, response = _load_model(server, name), _invoke_model(server, name)
            unloaded = server.invoke(b"", None, path=f"/models/{name}", method="DELETE")
            if [r.status for r in (loaded, response, unloaded)] != [
                200
            ] * 3 or response.body != expected:
                wrong.append(f"{name}: load {loaded}, invoke {response}, unload {unloaded}")
        return wrong

    with _serve_models(session) as server, ThreadPoolExecutor() as pool:
        sentences_by_name = pool.map(lambda name: churn(server, name), (_GOOD, _BAD, _UNUSUAL))
        wrong = [sentence for sentences in sentences_by_name for sentence in sentences]
    expect(not wrong, "; ".join(wrong[:2]))


@contextmanager
def _serve_models(session: Session) -> Iterator[ServingContainer]:
    _ = session.response
    labels = session.engine.read_labels(session.subject.image)
    if labels is not None and labels.get(MULTI_MODEL_LABEL) != "true":
        raise_not_applicable(f"the image has no label {MULTI_MODEL_LABEL}=true")
    models = dict.fromkeys((_GOOD, _BAD, _UNUSUAL), session.model_archive)
    try:
        with session.serve_separately(ServingPlan(environment=_MANY, models=models)) as server:
            yield server
    except CheckBlocked as error:
        if labels is None:
            raise_not_applicable("it does not start with SAGEMAKER_MULTI_MODEL=true and no model")
        raise CheckBlocked(f"as a multi-model container {error}") from error


def _load_model(server: ServingContainer, name: str, folder: str = "") -> ContainerResponse:
    url = Path("/opt/ml/models") / (folder or name) / "model"
    body = json.dumps({"model_name": name, "url": str(url)}).encode()
    return server.invoke(body, "application/json", path="/models")


def _invoke_model(server: ServingContainer, name: str) -> ContainerResponse:
    return server.invoke(path=f"/models/{name}/invoke")


def _expect_status(response: ContainerResponse, status: int, what: str) -> ContainerResponse:
    expect(response.status == status, f"{what} gets {response} instead of {status}")
    return response


def _list_names(response: ContainerResponse) -> list[str]:
    try:
        return [str(model["modelName"]) for model in json.loads(response.body)["models"]]
    except (ValueError, KeyError, TypeError):
        return [f"{response}"]
