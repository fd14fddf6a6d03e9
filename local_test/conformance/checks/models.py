"""What a multi-model endpoint asks of a server.

Source: Developer Guide, 'Custom Containers Contract for Multi-Model Endpoints'.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.serving_container import Hosting, Reply, Served
from local_test.conformance.harness.session import Bench
from local_test.conformance.outcomes import Blocked, expect, inapplicable
from local_test.endpoints.stage import MULTI_MODEL_LABEL

_NEEDS = f"label {MULTI_MODEL_LABEL}"
_MANY = {"SAGEMAKER_MULTI_MODEL": "true"}
_GOOD, _BAD, _ODD = "0a1b2c", "d3e4f5", "A.b_c-9~"
_ROUNDS = 4


@check(81, MUST, "Start without a model; answer /ping with 200.", needs=_NEEDS)
def starts_empty(bench: Bench) -> None:
    """With SAGEMAKER_MULTI_MODEL=true it starts without a model, is well, and lists none."""
    with _several(bench) as served:
        _wants(served.get("/ping"), 200, "/ping")
        listed = _wants(served.get("/models"), 200, "GET /models")
        expect(_names(listed) == [], f"before anything is loaded GET /models gives {listed}")


@check(82, MUST, "Answer 409 for a name that is taken, 4xx for a bad model.", needs=_NEEDS)
def loads(bench: Bench) -> None:
    """A model loads with 200, again with 409, and one that cannot be loaded is not listed."""
    with _several(bench) as served:
        _wants(_load(served, _GOOD), 200, "loading a model")
        _wants(_load(served, _GOOD), 409, "loading a model that is loaded")
        bad = _load(served, _BAD, folder="surely-not-there")
        expect(bad.status >= 400, f"loading a model that is not there gets {bad}")
        listed = _wants(served.get("/models"), 200, "GET /models")
        expect(_names(listed) == [_GOOD], f"after that GET /models gives {listed}")


@check(83, MUST, "List models with modelName and modelUrl; 404 for one unknown.", needs=_NEEDS)
def lists(bench: Bench) -> None:
    """GET /models/NAME gives one model, and 404 for a name it does not know."""
    with _several(bench) as served:
        _wants(_load(served, _GOOD), 200, "loading a model")
        one = _wants(served.get(f"/models/{_GOOD}"), 200, "GET /models/NAME")
        told = json.loads(one.body)
        expect(told.get("modelName") == _GOOD, f"GET /models/NAME gives {one}")
        expect("modelUrl" in told, f"GET /models/NAME gives {one}, without modelUrl")
        _wants(served.get(f"/models/{_BAD}"), 404, "GET /models/NAME for an unknown name")


@check(84, MUST, "Answer as the endpoint of one model does.", needs=_NEEDS)
def answers(bench: Bench) -> None:
    """A loaded model answers as it does alone; one that is not loaded gets 404."""
    wanted = bench.answer
    with _several(bench) as served:
        _wants(_load(served, _GOOD), 200, "loading a model")
        reply = _wants(_ask(served, _GOOD), 200, "invoking a loaded model")
        expect(reply.body == wanted.body, f"several give {reply}, alone it gives {wanted}")
        _wants(_ask(served, _BAD), 404, "invoking an unknown model")


@check(85, MUST, "Answer DELETE when the model's memory is free.", needs=_NEEDS)
def unloads(bench: Bench) -> None:
    """A model unloads with 200, and then nobody knows it."""
    with _several(bench) as served:
        _wants(_load(served, _GOOD), 200, "loading a model")
        path = f"/models/{_GOOD}"
        _wants(served.ask(b"", None, path=path, method="DELETE"), 200, "unloading a model")
        _wants(served.ask(b"", None, path=path, method="DELETE"), 404, "unloading it again")
        _wants(_ask(served, _GOOD), 404, "invoking a model that was unloaded")


@check(86, MUST, "Guard the table of models, and take any URL-safe name.", needs=_NEEDS)
def at_the_same_time(bench: Bench) -> None:
    """Loading, invoking and unloading at the same time do no harm, whatever the name."""
    wanted = bench.answer.body

    def churn(served: Served, name: str) -> list[str]:
        wrong = []
        for _ in range(_ROUNDS):
            loaded, asked = _load(served, name), _ask(served, name)
            gone = served.ask(b"", None, path=f"/models/{name}", method="DELETE")
            if [r.status for r in (loaded, asked, gone)] != [200] * 3 or asked.body != wanted:
                wrong.append(f"{name}: load {loaded}, invoke {asked}, unload {gone}")
        return wrong

    with _several(bench) as served, ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: churn(served, name), (_GOOD, _BAD, _ODD))
        wrong = [sentence for sentences in found for sentence in sentences]
    expect(not wrong, "; ".join(wrong[:2]))


@contextmanager
def _several(bench: Bench) -> Iterator[Served]:
    _ = bench.answer
    labels = bench.engine.read_labels(bench.subject.image)
    if labels is not None and labels.get(MULTI_MODEL_LABEL) != "true":
        inapplicable(f"the image has no label {MULTI_MODEL_LABEL}=true")
    models = dict.fromkeys((_GOOD, _BAD, _ODD), bench.archive)
    try:
        with bench.another(Hosting(environment=_MANY, many=models)) as served:
            yield served
    except Blocked as error:
        if labels is None:
            inapplicable("it does not start with SAGEMAKER_MULTI_MODEL=true and no model")
        raise Blocked(f"as a multi-model container {error}") from error


def _load(served: Served, name: str, folder: str = "") -> Reply:
    url = Path("/opt/ml/models") / (folder or name) / "model"
    body = json.dumps({"model_name": name, "url": str(url)}).encode()
    return served.ask(body, "application/json", path="/models")


def _ask(served: Served, name: str) -> Reply:
    return served.ask(path=f"/models/{name}/invoke")


def _wants(reply: Reply, status: int, what: str) -> Reply:
    expect(reply.status == status, f"{what} gets {reply} instead of {status}")
    return reply


def _names(reply: Reply) -> list[str]:
    try:
        return [str(model["modelName"]) for model in json.loads(reply.body)["models"]]
    except (ValueError, KeyError, TypeError):
        return [f"{reply}"]
