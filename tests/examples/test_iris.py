"""A random forest inside a Lambda function: on its layer, and in its container image."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from examples.iris import run
from scripts import lambda_layer
from scripts.checkout.shell import ROOT, Failure
from scripts.images import build as images
from scripts.lock import lock_file
from tests.conftest import absent
from tests.deploy import emulator, tools
from tests.deploy.emulator import Function

VIRGINICA = {"sl": 6.9, "sw": 3.1, "pl": 5.1, "pw": 2.3}
SETOSA = {"sl": 5.1, "sw": 3.5, "pl": 1.4, "pw": 0.2}
# The machine's own Python can run what is made for it; Debian's, in the base image, is the same.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
IMAGE = f"tandem-test-iris:{os.getpid()}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> run.TrainedModel:
    return run.train(tmp_path_factory.mktemp("iris"))


@pytest.fixture(scope="module")
def packages(made: run.TrainedModel) -> Path:
    """The packages of the image, which are the layer's and AWS's client, beside the function."""
    lock = ROOT / "examples/iris/image.lock"
    folder = made.function.parent
    try:
        lambda_layer.build_layer(lock, PYTHON, tools.name_machine(), folder)
    except Failure as failure:
        absent(f"no packages for a layer here: {failure}")
    return folder / "python"


@pytest.fixture(scope="module")
def function(
    made: run.TrainedModel, packages: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Function]:
    log = tmp_path_factory.mktemp("log") / "log"
    environment = {"PYTHONPATH": str(packages)}
    with emulator.run_function(made.function, "handler.handle", environment, log) as function:
        yield function


def test_the_forest_names_flowers_it_has_not_seen(made: run.TrainedModel) -> None:
    assert made.held_out == 38
    assert made.accuracy == pytest.approx(36 / 38)


def test_an_event_becomes_a_species_by_a_model_that_is_loaded_once(
    made: run.TrainedModel, function: Function
) -> None:
    assert function(VIRGINICA) == "virginica"
    (made.function / "model.skops").rename(made.function / "away")
    try:
        assert function(SETOSA) == "setosa"
    finally:
        (made.function / "away").rename(made.function / "model.skops")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pw": "2.3"}, "'pw' is '2.3'; a number in cm is expected"),
        ({"sl": None}, "'sl' is None; a number in cm is expected"),
        ({"sw": True}, "'sw' is True; a number in cm is expected"),
    ],
)
def test_an_event_that_is_no_flower_is_an_error_that_names_the_field(
    function: Function, change: dict[str, Any], sentence: str
) -> None:
    told = function(VIRGINICA | change)
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", sentence)


def test_the_layer_is_what_the_image_holds_without_aws_own_client() -> None:
    layer, image = (
        {pin.name: pin.version for pin in lock_file.read_pins(ROOT / f"examples/iris/{name}.lock")}
        for name in ("requirements", "image")
    )
    assert layer.items() <= image.items()
    assert set(image) - set(layer) == {"awslambdaric", "simplejson", "snapshot-restore-py"}
    tested = {pin.name: pin.version for pin in lock_file.read_pins(ROOT / "requirements.lock")}
    assert {name: layer[name] for name in ("scikit-learn", "skops")}.items() <= tested.items()


def test_a_layer_that_lambda_would_not_take_is_refused_with_what_is_large(tmp_path: Path) -> None:
    for name, megabytes in (("scipy", 3), ("numpy", 2), ("six", 1)):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "lib.so").write_bytes(bytes(megabytes * 1_000_000))
    assert lambda_layer.check_size(tmp_path, 6.0) == 6.0
    with pytest.raises(Failure, match=r"has 6 MB .* takes 5: scipy 3 MB, numpy 2 MB, six 1 MB\."):
        lambda_layer.check_size(tmp_path, 5.0)


@pytest.mark.docker
def test_the_image_answers_as_the_function_does(
    packages: Path, docker_client: docker.DockerClient
) -> None:
    folder = packages.parent
    base = images.choose_base()
    shutil.copyfile(ROOT / "examples/iris/Dockerfile", folder / "Dockerfile")
    docker_client.images.build(path=str(folder), tag=IMAGE, buildargs={"BASE_IMAGE": base})
    container = docker_client.containers.create(
        IMAGE,
        command=["python3", "-m", "awslambdaric", "handler.handle"],
        entrypoint=["/aws-lambda-rie"],
        volumes={str(tools.find_emulator()): {"bind": "/aws-lambda-rie", "mode": "ro"}},
        ports={"8080/tcp": ("127.0.0.1", 0)},
        read_only=True,
        tmpfs={"/tmp": ""},  # noqa: S108
    )
    try:
        container.start()
        container.reload()
        doors = container.ports["8080/tcp"]
        assert doors
        url = f"http://127.0.0.1:{doors[0]['HostPort']}/2015-03-31/functions/function/invocations"
        assert asked(url, VIRGINICA) == "virginica"
        assert asked(url, SETOSA) == "setosa"
    finally:
        container.remove(force=True)
        docker_client.images.remove(IMAGE)


def asked(url: str, event: dict[str, Any]) -> Any:
    """Send an event as soon as somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, json.dumps(event).encode(), 120) as answer:
                return json.load(answer)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
