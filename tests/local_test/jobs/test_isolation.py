"""Network isolation on Docker: no way out, and the platform's own ways in remain."""

import json
import tarfile
from pathlib import Path

import pytest

from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, select_engine
from local_test.jobs import TrainingJob, train
from tests.local_test.conftest import Log, ModelMaker

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def docker(docker_images: None) -> Engine:
    del docker_images
    return select_engine("docker")


def told(archive: Path, name: str) -> object:
    with tarfile.open(archive) as tar:
        content = tar.extractfile(name)
        assert content is not None
        return json.load(content)


def test_one_host_has_no_network_and_several_have_only_their_own(
    docker: Engine, tmp_path: Path, log: Log
) -> None:
    alone = TrainingJob("standin", hyperparameters={"act": "interfaces"}, isolated=True)
    result = train(alone, tmp_path / "alone", docker, logs=log)
    assert result.model is not None
    assert told(result.model, "interfaces.json") == ["lo"]
    several = TrainingJob(
        "standin", hyperparameters={"act": "meet"}, instance_count=2, isolated=True
    )
    result = train(several, tmp_path / "several", docker, logs=log)
    assert result.model is not None
    assert told(result.model, "heard.json") == ["algo-2"]


def test_isolated_containers_in_a_row_are_still_asked(
    docker: Engine, make_model: ModelMaker, log: Log
) -> None:
    stages = [Stage("standin", make_model(tag=tag)) for tag in "ab"]
    with Endpoint(stages, docker, logs=log, isolated=True) as endpoint:
        assert endpoint.invoke(b"1\n", "text/csv").body == b"b(a(1))\n"
