"""The general Python image as any user, with a read-only root, without network."""

import json
import zipfile
from pathlib import Path

import pytest
from docker.models.images import Image

from tests.images.running import STRANGER, Containers, Tree

pytestmark = [
    pytest.mark.docker,
    pytest.mark.parametrize("name", ["python"], indirect=True),
]

SCRIPT = """
import argparse, json, os
from pathlib import Path
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int)
rounds = parser.parse_args().rounds
text = Path(os.environ["SM_CHANNEL_TRAIN"], "part.csv").read_text()
Path(os.environ["SM_MODEL_DIR"], "sum").write_text(str(rounds * sum(map(int, text.split()))))
"""

LIBRARIES = ["pandas", "sklearn", "xgboost", "boto3", "requests", "pyarrow", "matplotlib.pyplot"]
LIBRARIES += ["scipy.stats", "joblib"]


def configure(tree: Tree, hyperparameters: dict[str, str]) -> None:
    tree.write("input/config/hyperparameters.json", json.dumps(hyperparameters))
    tree.write("input/config/inputdataconfig.json", json.dumps({"train": {}, "code": {}}))
    tree.write("input/data/train/part.csv", "20\n1\n")
    tree.write("input/data/code/count.py", SCRIPT)


def test_a_script_trains(containers: Containers, image: Image, tree: Tree) -> None:
    configure(tree, {"sagemaker_program": "count.py", "rounds": "2"})
    ended = containers.run(image, ["train"], volumes=tree.mounts("model", "output"), **STRANGER)
    assert ended.code == 0, ended.text
    assert tree.read("model/sum") == "42"


def test_a_job_without_a_script_says_what_to_name(
    containers: Containers, image: Image, tree: Tree
) -> None:
    configure(tree, {"rounds": "2"})
    ended = containers.run(image, ["train"], volumes=tree.mounts("model", "output"), **STRANGER)
    assert ended.code == 1
    assert tree.read("output/failure") == (
        "UserError: the image python has no algorithm of its own, and the job names no script. "
        "Name one in the hyperparameter 'sagemaker_program'."
    )


def test_it_serves_nothing_and_says_what_does(
    containers: Containers, image: Image, tree: Tree
) -> None:
    ended = containers.run(image, ["serve"], volumes=tree.mounts(), **STRANGER)
    assert ended.code == 1
    assert "Serve the model with the image preprocessor or xgboost." in ended.text


def test_scripts_find_the_libraries_and_their_samples(containers: Containers, image: Image) -> None:
    program = f"import {', '.join(LIBRARIES)}; from sklearn.datasets import load_iris; "
    program += "print(load_iris().data.shape)"
    command = ["bash", "-c", f"python -W error -c '{program}'"]
    environment = {"MPLCONFIGDIR": "/tmp/matplotlib"}  # noqa: S108 (in the container)
    ended = containers.run(image, command, environment=environment, **STRANGER)
    assert (ended.code, ended.text) == (0, "(150, 4)\n")


def test_any_user_installs_packages(containers: Containers, image: Image, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting.py", "WORD = 'hello'\n")
        about = "greeting-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    tmp_path.chmod(0o755)
    script = "pip install --quiet --no-index --find-links /wheels greeting && "
    script += "python -c 'import greeting; print(greeting.WORD)'"
    volumes = {str(tmp_path): {"bind": "/wheels", "mode": "ro"}}
    options = {**STRANGER, "read_only": False, "volumes": volumes}
    ended = containers.run(image, ["bash", "-c", script], **options)
    assert ended.code == 0, ended.text
    assert ended.text.endswith("hello\n")
