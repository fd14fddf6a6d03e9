"""What an image is, before anything runs in it, and what lies inside."""

import json
from typing import Any

import pytest
from docker.models.images import Image

from local_test.service.images.library_versions import read_image_versions
from scripts.checkout.project import read_version
from tests.images.running import Containers

pytestmark = pytest.mark.docker

CAPABILITY = "com.amazonaws.sagemaker.capabilities"
# pyarrow is 80 MB of each: Parquet is worth that much in training. Dask is 10 MB of two. The
# general image has both libraries, matplotlib (64 MB with what it needs), boto3 (35 MB) and pip.
BUDGETS = {
    "tandem-analyzer": 465e6,
    "tandem-preprocessor": 400e6,
    "tandem-python": 520e6,
    "tandem-xgboost": 400e6,
}
SERVERS = ["preprocessor", "xgboost"]


def ask(containers: Containers, image: Image, expression: str) -> Any:
    """Evaluate one expression inside the image."""
    program = (
        "import importlib.util, json, os, pathlib, shutil, stat, sys;"
        f"print(json.dumps({expression}))"
    )
    ended = containers.run(image, ["-W", "ignore", "-c", program], entrypoint="python3")
    assert ended.code == 0, ended.text
    return json.loads(ended.text)


def test_the_entry_point_is_the_program_itself(image: Image, name: str) -> None:
    config = image.attrs["Config"]
    assert config["Entrypoint"] == [f"tandem-{name}"]
    assert config["Cmd"] == (None if name == "analyzer" else ["train"])
    assert config["User"] == ""
    assert list(config.get("ExposedPorts") or ()) == (["8080/tcp"] if name in SERVERS else [])


def test_the_labels_promise_what_holds(image: Image, name: str) -> None:
    labels = image.attrs["Config"]["Labels"]
    serves = "true" if name in SERVERS else None
    assert labels.get(f"{CAPABILITY}.accept-bind-to-port") == serves
    assert labels.get(f"{CAPABILITY}.multi-models") == serves
    switch = "TANDEM_ALLOW_ARTIFACT_CODE=false" if name in SERVERS else None
    assert labels.get("local-sagemaker.archive-code-switch") == switch
    assert labels["org.opencontainers.image.title"] == f"tandem-{name}"
    assert labels["org.opencontainers.image.version"] == read_version()
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert f"tandem-{name}:{read_version()}" in image.tags


def test_the_label_names_the_libraries_that_are_there(containers: Containers, image: Image) -> None:
    named = read_image_versions(image.labels)
    packages = {name: name for name in named if name != "python"}
    packages |= {"xgboost": "xgboost-cpu"} if "xgboost" in named else {}
    metadata = "__import__('importlib.metadata').metadata"
    expression = f"{{name: {metadata}.version(one) for name, one in {packages}.items()}}"
    found = ask(containers, image, expression)
    assert {name: version for name, version in named.items() if name != "python"} == found
    assert named["python"] == ask(containers, image, "'.'.join(map(str, sys.version_info[:2]))")
    assert "pandas" in named


def test_the_image_is_small(image: Image) -> None:
    name = image.tags[0].split(":")[0]
    assert image.attrs["Size"] <= BUDGETS[name]


def test_output_is_not_buffered(image: Image) -> None:
    assert "PYTHONUNBUFFERED=1" in image.attrs["Config"]["Env"]


def test_there_is_nothing_to_build_or_fetch_with(
    containers: Containers, image: Image, name: str
) -> None:
    programs = ["cc", "gcc", "g++", "ld", "make", "curl", "git", "nginx", "java"]
    programs += ["apt-get", "dpkg", "perl", "su", "mount"]
    modules = ["setuptools", "ensurepip", "hatchling"]
    if name in SERVERS:
        programs += ["pip", "pip3"]
        modules += ["pip"]
    assert ask(containers, image, f"[p for p in {programs} if shutil.which(p)]") == []
    assert ask(containers, image, f"[m for m in {modules} if importlib.util.find_spec(m)]") == []


def test_no_program_runs_with_the_rights_of_another(containers: Containers, image: Image) -> None:
    risen = (
        "[str(p) for folder in ('/usr', '/opt') for p in pathlib.Path(folder).rglob('*')"
        " if not p.is_symlink() and p.is_file()"
        " and p.stat().st_mode & (stat.S_ISUID | stat.S_ISGID)]"
    )
    assert ask(containers, image, risen) == []


def test_every_module_of_pythons_own_library_finds_what_it_needs(
    containers: Containers, image: Image
) -> None:
    imports = (
        "[__import__(p.name.split('.')[0]).__name__ for folder in sys.path"
        " if folder.endswith('lib-dynload') for p in pathlib.Path(folder).iterdir()]"
    )
    found = ask(containers, image, imports)
    assert {"_bz2", "_ctypes", "_curses", "_dbm", "_lzma", "_sqlite3", "_ssl", "readline"} < {
        *found
    }


def test_the_walk_of_the_trees_is_compiled_for_this_machine(
    containers: Containers, image: Image, name: str
) -> None:
    if name == "xgboost":
        module = "'booster.predict.trees.native_predictor'"
        asked = f"importlib.import_module({module}).load_library() is not None"
        assert ask(containers, image, asked) is True


def test_train_and_serve_are_on_the_path(containers: Containers, image: Image) -> None:
    found = ask(containers, image, "[shutil.which('train'), shutil.which('serve')]")
    assert found == ["/opt/tandem/bin/train", "/opt/tandem/bin/serve"]


def test_nothing_lies_where_the_platform_mounts(containers: Containers, image: Image) -> None:
    assert ask(containers, image, "os.path.exists('/opt/ml')") is False


def test_any_user_can_read_every_file(containers: Containers, image: Image) -> None:
    closed = (
        "[str(p) for p in pathlib.Path('/opt/tandem').rglob('*')"
        " if not p.is_symlink() and not p.stat().st_mode & stat.S_IROTH]"
    )
    assert ask(containers, image, closed) == []


def test_every_module_is_compiled(containers: Containers, image: Image, name: str) -> None:
    slow = (
        "[str(p) for root in ('/opt/tandem/lib', os.path.dirname(os.__file__) + '/json')"
        " for p in pathlib.Path(root).rglob('*.py')"
        " if not os.path.exists(importlib.util.cache_from_source(str(p)))]"
    )
    found = ask(containers, image, slow)
    # No more of it fits below the budget, and the algorithm imports none of it.
    only_for_scripts = [path for path in found if "/site-packages/sklearn/" in path]
    assert [path for path in found if path not in only_for_scripts] == []
    assert bool(only_for_scripts) is (name == "xgboost")
