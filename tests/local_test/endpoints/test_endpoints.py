"""Endpoints of one container and of several: what reaches each, and what the client gets."""

import json
import socket
import time
from pathlib import Path

import pytest
import urllib3

from local_test.endpoints import Endpoint, EndpointResponse, Stage, serve_endpoint
from local_test.engines import Engine, select_engine
from local_test.errors import ContainerError, UserError
from local_test.platform.archives import pack
from tests.local_test.conftest import Log, ModelMaker


def told(answer: EndpointResponse) -> dict[str, object]:
    return dict(json.loads(answer.body))


def check_for_a_while(endpoint: Endpoint) -> None:
    """Check until it raises: a connection ends a moment before its process does."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        endpoint.check_running()
        time.sleep(0.01)


@pytest.mark.usefixtures("scratch")
def test_one_container_answers_with_its_own_content_type(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stage = Stage("standin", make_model(tag="a", reply_type="text/plain"), {"COLOUR": "blue"})
    with Endpoint([stage], engine, logs=log) as endpoint:
        answer = endpoint.invoke(b"1,2\n3,4\n", "text/csv", "text/plain")
        assert endpoint.is_healthy()
        assert endpoint.seconds_to_ready > 0
    assert (answer.status, answer.body) == (200, b"a(1,2)\na(3,4)\n")
    assert answer.content_type == "text/plain"
    assert "colour blue" in log.of("primary")
    seen = log.requests("primary")[0]
    assert (seen["content_type"], seen["accept"]) == ("text/csv", "text/plain")


def test_a_model_archive_serves_as_its_directory_does(
    engine: Engine, make_model: ModelMaker, log: Log, tmp_path: Path
) -> None:
    pack(make_model(tag="packed"), tmp_path / "model.tar.gz")
    with Endpoint([Stage("standin", tmp_path / "model.tar.gz")], engine, logs=log) as endpoint:
        assert endpoint.invoke(b"x").body == b"packed(x)\n"


def test_no_model_at_all_is_fine(process_engine: Engine, log: Log) -> None:
    with Endpoint([Stage("standin")], process_engine, logs=log) as endpoint:
        assert endpoint.invoke(b"x").body == b"t(x)\n"


@pytest.mark.usefixtures("scratch")
def test_a_pipeline_passes_body_and_literal_content_type_and_accept_to_the_last_only(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [
        Stage("standin", make_model(tag="a", reply_type="text/CSV;  charset=utf-8")),
        Stage("standin", make_model(tag="b", reply_type="text/csv; header=absent")),
        Stage("standin", make_model(tag="c", reply_type="application/jsonlines")),
    ]
    attributes = {"X-Amzn-SageMaker-Custom-Attributes": "trace=1", "Cookie": "secret"}
    with Endpoint(stages, engine, logs=log) as endpoint:
        answer = endpoint.invoke(
            b"1\n2\n", "text/csv; label=1", "application/jsonlines", attributes
        )
    assert (answer.status, answer.body) == (200, b"c(b(a(1)))\nc(b(a(2)))\n")
    assert answer.content_type == "application/jsonlines"
    seen = [log.requests(f"container-{number}")[0] for number in (1, 2, 3)]
    assert [request["content_type"] for request in seen] == [
        "text/csv; label=1",
        "text/CSV;  charset=utf-8",
        "text/csv; header=absent",
    ]
    assert [request["accept"] for request in seen] == [None, None, "application/jsonlines"]
    assert [request["attributes"] for request in seen] == ["trace=1", None, None]


def test_the_containers_of_a_pipeline_listen_on_ports_of_their_own(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model()), Stage("standin", make_model())]
    with Endpoint(stages, engine, logs=log):
        first, second = (log.of(name)[0] for name in ("container-1", "container-2"))
    assert first != second
    assert first.endswith("safe 9000-9999")
    assert "listening on 8080," not in first + second


def test_the_first_error_ends_the_chain_and_names_its_container(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [
        Stage("standin", make_model(tag="a")),
        Stage("standin", make_model(refuses="bad", shouts=1000)),
        Stage("standin", make_model(tag="c")),
    ]
    with Endpoint(stages, engine, logs=log) as endpoint:
        answer = endpoint.invoke(b"bad\n", "text/csv")
    assert answer.status == 424
    assert answer.content_type == "application/json"
    assert told(answer)["OriginalStatusCode"] == 415
    assert told(answer)["OriginalMessage"] == ("no " * 1000)[:2048]
    assert answer.error.startswith("Received client error (415) from container-2 with message")
    assert len(log.requests("container-2")) == 1
    assert log.requests("container-3") == []


def test_a_container_that_dies_under_a_request_is_an_error_and_ends_the_endpoint(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    with Endpoint([Stage("standin", make_model(dies=True))], process_engine, logs=log) as endpoint:
        answer = endpoint.invoke(b"x")
        assert answer.error.startswith("Received server error (0) from primary")
        with pytest.raises(ContainerError, match="primary: it ended with exit code 5"):
            check_for_a_while(endpoint)


def test_the_time_budget_covers_the_whole_chain(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model(delay=0.7)), Stage("standin", make_model(delay=0.7))]
    with Endpoint(stages, process_engine, logs=log, invocation_seconds=1.0) as endpoint:
        answer = endpoint.invoke(b"x")
    assert answer.status == 424
    assert answer.error == (
        'Received server error (0) from container-2 with message "Your invocation timed out"'
    )


def test_a_body_over_the_limit_reaches_no_container(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stage = Stage("standin", make_model())
    with Endpoint([stage], process_engine, logs=log, payload_bytes=10) as endpoint:
        assert endpoint.invoke(b"x" * 10).status == 200
        answer = endpoint.invoke(b"x" * 11)
    assert (answer.status, len(log.requests("primary"))) == (413, 1)


@pytest.mark.usefixtures("scratch")
def test_a_container_that_gives_up_ends_the_wait_at_once_with_its_log(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model()), Stage("standin", make_model(broken=True))]
    with (
        pytest.raises(ContainerError, match="container-2: it ended with exit code 1") as caught,
        Endpoint(stages, engine, logs=log),
    ):
        pass
    assert caught.value.log == ("the model cannot be loaded",)


def test_a_first_container_that_gives_up_is_named_not_the_second(
    engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model(broken=True)), Stage("standin", make_model())]
    with (
        pytest.raises(ContainerError, match="container-1: it ended with exit code 1"),
        Endpoint(stages, engine, logs=log),
    ):
        pass


def test_a_container_that_never_gets_healthy_is_named_after_the_window(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stage = Stage("standin", make_model(never_ready=True))
    with (
        pytest.raises(ContainerError, match=r"primary: GET /ping was not answered with 200 in 1 s"),
        Endpoint([stage], process_engine, logs=log, ping_seconds=1),
    ):
        pass


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_an_image_without_the_label_cannot_stand_in_a_pipeline(
    make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model()), Stage("standin-unlabelled", make_model())]
    with (
        pytest.raises(UserError, match="standin-unlabelled lacks the Docker label") as caught,
        Endpoint(stages, select_engine("docker"), logs=log),
    ):
        pass
    assert "com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true" in str(caught.value)
    assert log.lines == []


def test_a_pipeline_of_sixteen_is_refused(process_engine: Engine, log: Log) -> None:
    with (
        pytest.raises(UserError, match="a pipeline of 16 is refused"),
        Endpoint([Stage("standin")] * 16, process_engine, logs=log),
    ):
        pass


@pytest.mark.usefixtures("scratch")
def test_a_model_that_is_not_there_is_named(
    process_engine: Engine, log: Log, tmp_path: Path
) -> None:
    stage = Stage("standin", tmp_path / "none.tar.gz")
    with (
        pytest.raises(UserError, match=r"there is no model at .*none\.tar\.gz"),
        Endpoint([stage], process_engine, logs=log),
    ):
        pass


def test_a_link_in_a_model_directory_is_refused(
    process_engine: Engine, log: Log, make_model: ModelMaker
) -> None:
    model = make_model()
    (model / "link").symlink_to("behaviour.json")
    with (
        pytest.raises(UserError, match="link is a link, which hosting refuses"),
        Endpoint([Stage("standin", model)], process_engine, logs=log),
    ):
        pass


def test_the_front_door_speaks_http(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    stage = Stage("standin", make_model(refuses="bad"))
    with (
        Endpoint([stage], process_engine, logs=log, payload_bytes=100) as endpoint,
        serve_endpoint(endpoint, 0) as front,
        urllib3.PoolManager(retries=False) as client,
    ):
        base = front.url.removesuffix("/invocations")
        headers = {
            "Content-Type": "text/csv; a=b",
            "X-Amzn-SageMaker-Custom-Attributes": "t=1",
            "Cookie": "c",
        }
        answer = client.request("POST", front.url, body=b"1\n", headers=headers)
        assert (answer.status, answer.data) == (200, b"t(1)\n")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["X-Amzn-SageMaker-Custom-Attributes"] == "t=1"
        assert client.request("GET", f"{base}/ping").status == 200
        assert client.request("GET", front.url).status == 405
        assert client.request("POST", f"{base}/other").status == 404
        assert client.request("POST", front.url, body=b"x" * 101).status == 413
        failed = client.request("POST", front.url, body=b"bad")
        assert failed.status == 424
        assert failed.headers["x-amzn-ErrorType"] == "ModelError"
        assert failed.json()["OriginalStatusCode"] == 415
    assert log.requests("primary")[0]["content_type"] == "text/csv; a=b"


def test_a_busy_port_is_told_in_one_sentence(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with (
            Endpoint([Stage("standin", make_model())], process_engine, logs=log) as endpoint,
            pytest.raises(UserError, match=f"port {port} is not available"),
            serve_endpoint(endpoint, port),
        ):
            pass
