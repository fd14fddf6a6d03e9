"""Multi-model endpoints: which model is loaded when, which one leaves, and what the client gets."""

import json
import re
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local_test.endpoints import Endpoint, EndpointResponse, Stage
from local_test.endpoints.archive_store import hash_target
from local_test.engines import Engine, select_engine
from local_test.errors import UserError
from local_test.platform.archives import pack
from tests.archives import make_entry, write_tar_gz
from tests.disks import mount_small_disk
from tests.local_test.conftest import Log, ModelMaker

TARGET = "X-Amzn-SageMaker-Target-Model"

AddArchive = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder


@pytest.fixture
def add(folder: Path, make_model: ModelMaker) -> AddArchive:
    """Give a function that packs a stand-in's behaviour into an archive of the folder."""

    def archive(name: str, **behaviour: Any) -> str:
        path = folder / f"{name}.tar.gz"
        path.parent.mkdir(exist_ok=True)
        pack(make_model(tag=name, **behaviour), path)
        return f"{name}.tar.gz"

    return archive


def ask(endpoint: Endpoint, target: str, body: bytes = b"x") -> EndpointResponse:
    return endpoint.invoke(body, "text/csv", None, {TARGET: target})


def told(log: Log) -> list[str]:
    """Give the loads and unloads the container saw, in the archives' names."""
    names = {hash_target(f"{name}.tar.gz"): name for name in ("a", "b", "c", "d", "sub/late")}
    lines = [line for line in log.of("primary") if line.startswith(("load", "unload"))]
    found = [re.search("[0-9a-f]{32}", line) for line in lines]
    return [
        f"{line.split()[0]} {names[match.group()]}"
        for line, match in zip(lines, found, strict=True)
        if match
    ]


@pytest.mark.usefixtures("scratch")
def test_a_model_is_loaded_when_it_is_first_asked_for(
    engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    add("a"), add("b")
    with Endpoint([Stage("standin", models=folder)], engine, logs=log) as endpoint:
        assert endpoint.is_healthy()
        assert told(log) == []
        answers = [ask(endpoint, target).body for target in ("b.tar.gz", "b.tar.gz", "/a.tar.gz")]
        late = add("sub/late")  # an archive may come at any time
        answers.append(ask(endpoint, late).body)
    assert answers == [b"b(x)\n", b"b(x)\n", b"a(x)\n", b"sub/late(x)\n"]
    assert told(log) == ["load b", "load a", "load sub/late"]
    name = hash_target("b.tar.gz")
    assert f"load /opt/ml/models/{name}/model ['behaviour.json']" in log.of("primary")
    assert log.requests("primary")[0] | {"path": f"/models/{name}/invoke"} == {
        "path": f"/models/{name}/invoke",
        "target": "b.tar.gz",
        "content_type": "text/csv",
        "accept": None,
        "attributes": None,
        "chunked": False,
        "lines": 0,
        "batch": None,
    }


@pytest.mark.usefixtures("scratch")
def test_the_model_not_used_for_longest_leaves_where_there_is_no_room(
    engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    a, b, c = add("a"), add("b"), add("c")
    stage = Stage("standin", models=folder, environment={"ROOM": "2"})
    with Endpoint([stage], engine, logs=log) as endpoint:
        asked = (a, b, a, c, b)
        assert [ask(endpoint, target).status for target in asked] == [200] * 5
    # c makes b leave, as a was used after it, and then b makes a leave
    assert told(log) == ["load a", "load b", "unload b", "load c", "unload a", "load b"]


def test_clients_at_once_get_their_own_models_answers_however_little_room_there_is(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    targets = [add(name, delay=0.02) for name in "abcd"]
    stage = Stage("standin", models=folder, environment={"ROOM": "1"})
    with (
        Endpoint([stage], process_engine, logs=log) as endpoint,
        ThreadPoolExecutor(8) as clients,
    ):
        asked = targets * 8
        answers = list(clients.map(lambda target: ask(endpoint, target), asked))
    assert [answer.body.decode() for answer in answers] == [f"{name[0]}(x)\n" for name in asked]
    loaded, most = 0, 0
    for line in told(log):
        loaded += 1 if line.startswith("load") else -1
        most = max(most, loaded)
    assert (loaded, most) == (1, 1)


def test_one_model_asked_for_by_many_at_once_is_loaded_once(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a", load_delay=0.3)
    with (
        Endpoint([Stage("standin", models=folder)], process_engine, logs=log) as endpoint,
        ThreadPoolExecutor(6) as clients,
    ):
        answers = list(clients.map(lambda _: ask(endpoint, target).body, range(6)))
    assert answers == [b"a(x)\n"] * 6
    assert told(log) == ["load a"]


def test_a_model_under_a_request_is_not_unloaded(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    slow, quick = add("a", delay=1), add("b")
    stage = Stage("standin", models=folder, environment={"ROOM": "1"})
    with (
        Endpoint([stage], process_engine, logs=log) as endpoint,
        ThreadPoolExecutor(1) as other,
    ):
        first = other.submit(ask, endpoint, slow)
        deadline = time.monotonic() + 60
        while not log.requests("primary"):
            assert time.monotonic() < deadline, "the slow request did not arrive"
            time.sleep(0.01)
        begin = time.monotonic()
        assert ask(endpoint, quick).body == b"b(x)\n"
        assert time.monotonic() - begin > 0.5
        assert first.result().body == b"a(x)\n"


def test_a_model_the_container_has_lost_is_loaded_again(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a", lost=True)
    with Endpoint([Stage("standin", models=folder)], process_engine, logs=log) as endpoint:
        assert ask(endpoint, target, b"lose").body == b"a(lose)\n"
        assert ask(endpoint, target, b"y").body == b"a(y)\n"
    assert told(log) == ["load a", "load a"]


def test_a_client_that_waits_too_long_is_told_and_the_load_goes_on(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a", load_delay=1)
    stage = Stage("standin", models=folder)
    with Endpoint([stage], process_engine, logs=log, invocation_seconds=0.5) as endpoint:
        answer = ask(endpoint, target)
        assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (
            429,
            "ModelNotReadyException",
        )
        assert "a.tar.gz is still being loaded" in answer.error
        deadline = time.monotonic() + 10
        while answer.status == 429 and time.monotonic() < deadline:
            answer = ask(endpoint, target)
    assert answer.body == b"a(x)\n"
    assert told(log) == ["load a"]


def test_a_model_that_does_not_load_is_the_models_error_and_is_tried_anew(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a", broken=True)
    with Endpoint([Stage("standin", models=folder)], process_engine, logs=log) as endpoint:
        answer = ask(endpoint, target)
        assert (answer.status, answer.original_status) == (424, 400)
        assert json.loads(answer.body)["OriginalMessage"] == "about the load"
        add("a")
        assert ask(endpoint, target).body == b"a(x)\n"


def test_a_model_too_large_to_stand_alone_is_a_507(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a")
    stage = Stage("standin", models=folder, environment={"ROOM": "0"})
    with Endpoint([stage], process_engine, logs=log) as endpoint:
        answer = ask(endpoint, target)
    assert (answer.status, answer.original_status) == (424, 507)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("z.tar.gz", "there is no target model 'z.tar.gz'"),
        ("../a.tar.gz", "target model '../a.tar.gz' is refused"),
        ("a", "target model 'a' is refused"),
        ("", "target model '' is refused"),
        ("a" * 1020 + ".tar.gz", "is refused"),
        ("damaged.tar.gz", "is not a whole .tar.gz archive"),
    ],
)
def test_a_target_that_is_no_archive_reaches_no_container(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log, target: str, sentence: str
) -> None:
    add("a")
    (folder / "damaged.tar.gz").write_bytes((folder / "a.tar.gz").read_bytes()[:60])
    with Endpoint([Stage("standin", models=folder)], process_engine, logs=log) as endpoint:
        answer = ask(endpoint, target)
        assert ask(endpoint, "a.tar.gz").body == b"a(x)\n"
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationError")
    assert sentence in answer.error
    assert told(log) == ["load a"]


def test_a_target_asked_of_a_single_model_is_refused(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    with Endpoint([Stage("standin", make_model())], process_engine, logs=log) as endpoint:
        answer = ask(endpoint, "a.tar.gz")
    assert (answer.status, log.requests("primary")) == (400, [])
    assert answer.error == "X-Amzn-SageMaker-Target-Model asks for a multi-model endpoint"


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_an_image_without_the_label_serves_no_several_models(folder: Path, log: Log) -> None:
    stage = Stage("standin-unlabelled", models=folder)
    with (
        pytest.raises(UserError, match="multi-models=true, without which it cannot serve several"),
        Endpoint([stage], select_engine("docker"), logs=log),
    ):
        pass


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ([Stage("standin", models=Path("/nowhere"))], "there is no folder /nowhere"),
        (
            [Stage("standin", models=Path("/")), Stage("standin")],
            "has several models and stands in a pipeline",
        ),
        (
            [Stage("standin", Path("/nowhere"), models=Path("/"))],
            "has a model or a program beside its folder of models",
        ),
    ],
)
def test_what_cannot_be_several_models_is_refused(
    process_engine: Engine, log: Log, stages: list[Stage], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence), Endpoint(stages, process_engine, logs=log):
        pass


def test_leaving_does_not_wait_for_a_load(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    target = add("a", load_delay=20)
    stage = Stage("standin", models=folder)
    with Endpoint([stage], process_engine, logs=log, invocation_seconds=0.2) as endpoint:
        assert ask(endpoint, target).status == 429
        begin = time.monotonic()
    assert time.monotonic() - begin < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("load")]


def test_a_hostile_archive_is_the_clients_fault_and_spares_the_others(
    process_engine: Engine, folder: Path, add: AddArchive, log: Log
) -> None:
    good = add("a")
    (folder / "bomb.tar.gz").write_bytes(write_tar_gz(make_entry("weights", bytes(2 << 20))))
    (folder / "cut.tar.gz").write_bytes((folder / good).read_bytes()[:-9])
    (folder / "link.tar.gz").write_bytes(write_tar_gz(make_entry("l", kind=tarfile.SYMTYPE)))
    stage = Stage("standin", models=folder, max_model_size=1 << 20)
    says = {
        "bomb": "unpacks to more than 1 MB",
        "cut": "is not a whole .tar.gz archive",
        "link": "is a link or a device",
    }
    with Endpoint([stage], process_engine, logs=log) as endpoint:
        for name, words in says.items():
            answer = ask(endpoint, f"{name}.tar.gz")
            assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationError")
            assert f"{folder}/{name}.tar.gz" in answer.error
            assert words in answer.error
        assert ask(endpoint, good).body == b"a(x)\n"
    assert told(log) == ["load a"]


def test_models_leave_a_full_disk_for_another_and_one_too_large_for_it_is_refused(
    process_engine: Engine,
    folder: Path,
    make_model: ModelMaker,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, megabytes in (("a", 5), ("b", 5), ("c", 20)):
        model = make_model(tag=name)
        (model / "weights").write_bytes(bytes(megabytes << 20))
        pack(model, folder / f"{name}.tar.gz")
    with mount_small_disk(tmp_path / "disk", 9 << 10) as disk:
        monkeypatch.setattr("tempfile.tempdir", str(disk))
        with Endpoint([Stage("standin", models=folder)], process_engine, logs=log) as endpoint:
            assert ask(endpoint, "a.tar.gz").body == b"a(x)\n"
            assert ask(endpoint, "b.tar.gz").body == b"b(x)\n"
            answer = ask(endpoint, "c.tar.gz")
            assert answer.status == 507
            assert re.search(r"c\.tar\.gz cannot be unpacked: the disk of .* is full", answer.error)
            assert ask(endpoint, "a.tar.gz").body == b"a(x)\n"
    assert told(log) == ["load a", "unload a", "load b", "unload b", "load a"]
