"""The images under hard conditions: no network, a read-only root, a user nobody has heard of."""

import json

import pytest
from docker.models.containers import Container
from docker.models.images import Image

from tests.images.running import STRANGER, Containers, Tree

pytestmark = pytest.mark.docker

SERVERS = ["preprocessor", "xgboost"]
HYPERPARAMETERS = {
    "preprocessor": {"target": "price"},
    "xgboost": {"num_round": "5", "objective": "reg:squarederror"},
}
TRAINING = {
    "preprocessor": "price,rooms,street\n"
    + "".join(f"{100 + 10 * n},{n},{'Pave' if n % 2 else 'Grvl'}\n" for n in range(1, 21)),
    "xgboost": "".join(f"{100 + 10 * n},{n},{n % 2}\n" for n in range(1, 21)),
}
RECORDS = {"preprocessor": "3,Pave\n7,Pave\n", "xgboost": "3,1\n7,1\n"}

POST = """
import sys, time, urllib.request
def ask(path, data=None):
    request = urllib.request.Request('http://127.0.0.1:8080' + path, data)
    request.add_header('Content-Type', 'text/csv')
    return urllib.request.urlopen(request, timeout=5)
for attempt in range(100):
    try:
        ask('/ping')
        break
    except OSError:
        time.sleep(0.2)
print(ask('/invocations', sys.argv[1].encode()).read().decode(), end='')
"""


def configure(tree: Tree, name: str) -> None:
    """Write what the platform writes for a training job with one channel."""
    tree.write("input/config/hyperparameters.json", json.dumps(HYPERPARAMETERS[name]))
    channel = {"ContentType": "text/csv", "TrainingInputMode": "File"}
    tree.write("input/config/inputdataconfig.json", json.dumps({"train": channel}))
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
    tree.write("input/config/resourceconfig.json", json.dumps(hosts))


def invoke(container: Container, body: str) -> str:
    """Post records from inside the container, the only place that reaches it."""
    code, text = container.exec_run(["python3", "-c", POST, body])
    assert isinstance(text, bytes)
    assert code == 0, text.decode() + container.logs().decode()
    return text.decode()


@pytest.mark.parametrize("name", SERVERS, indirect=True)
@pytest.mark.parametrize("word", ["fly", "--fly"])
def test_an_unknown_word_is_one_line_of_help(
    containers: Containers, image: Image, name: str, word: str
) -> None:
    ended = containers.run(image, [word], **STRANGER)
    assert ended.code != 0
    assert len(ended.text.splitlines()) == 1
    assert f"tandem-{name} train|serve" in ended.text


@pytest.mark.parametrize("name", SERVERS, indirect=True)
def test_a_job_without_its_channel_fails_by_name(
    containers: Containers, image: Image, name: str, tree: Tree
) -> None:
    configure(tree, name)
    tree.write("input/config/inputdataconfig.json", "{}")
    ended = containers.run(image, ["train"], volumes=tree.mounts("model", "output"), **STRANGER)
    assert ended.code == 1
    assert "train" in tree.read("output/failure").splitlines()[0]
    assert list((tree.folder / "model").iterdir()) == []


@pytest.mark.parametrize("name", SERVERS, indirect=True)
def test_a_stranger_trains_and_serves(
    containers: Containers, image: Image, name: str, tree: Tree
) -> None:
    configure(tree, name)
    tree.write("input/data/train/part.csv", TRAINING[name])
    ended = containers.run(image, [], volumes=tree.mounts("model", "output"), **STRANGER)
    assert ended.code == 0, ended.text
    assert not (tree.folder / "output/failure").exists()
    with containers.start(image, ["serve"], volumes=tree.mounts(), **STRANGER) as container:
        lines = invoke(container, RECORDS[name]).splitlines()
        container.stop(timeout=30)
        assert container.wait()["StatusCode"] in {0, 143}
    values = [[float(field) for field in line.split(",")] for line in lines]
    assert len(values) == 2
    assert values[0] != values[1]
