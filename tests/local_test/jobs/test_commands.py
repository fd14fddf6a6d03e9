"""ContainerEntrypoint and ContainerArguments of a training job, on both engines."""

import io
import json
import os
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from local_test.engines import Engine, select_engine
from local_test.errors import UserError
from local_test.jobs import Channel, ProcessingJob, TrainingJob, TrainingResult, process, train
from tests.local_test.conftest import Log

SCRIPT = "/opt/ml/input/data/code/run.sh"
RUN = """
echo colour=red > /opt/ml/input/sm_training.env
source /opt/ml/input/sm_training.env
cd /opt/ml/input/data/code
python3 deep/write.py "$colour" "$@"
"""
WRITE = """
import json, pathlib, sys
hyperparameters = json.loads(pathlib.Path("/opt/ml/input/config/hyperparameters.json").read_text())
pathlib.Path("/opt/ml/model/seen.json").write_text(json.dumps([hyperparameters, *sys.argv[1:]]))
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The folder of a channel: a shell script without the right to run, and what it starts."""
    folder = tmp_path / "code"
    (folder / "deep").mkdir(parents=True)
    (folder / "run.sh").write_text(RUN)
    (folder / "deep" / "write.py").write_text(WRITE)
    return folder


def start(
    engine: Engine, code: Path, entrypoint: Sequence[str], arguments: Sequence[str], log: Log
) -> TrainingResult:
    job = TrainingJob(
        "standin",
        [Channel("code", code)],
        hyperparameters={"width": "2"},
        entrypoint=entrypoint,
        arguments=arguments,
    )
    return train(job, code.parent / "out", engine, logs=log)


def read_model(result: TrainingResult, name: str) -> str:
    assert result.model is not None, result.log
    with tarfile.open(result.model) as tar:
        member = tar.extractfile(name)
        assert member is not None
        return member.read().decode()


def test_an_entrypoint_and_its_arguments_replace_train(
    engine: Engine, code: Path, log: Log
) -> None:
    shell = ["/bin/bash", "-c", f'chmod +x {SCRIPT} && {SCRIPT} "$@"', "bash"]
    result = start(engine, code, shell, ["a b", "--x={}"], log)
    assert result.status == "Completed", result.log
    assert json.loads(read_model(result, "seen.json")) == [{"width": "2"}, "red", "a b", "--x={}"]
    assert (code / "run.sh").read_text() == RUN  # the user's own files stay as they were


def test_arguments_alone_replace_train_for_the_images_program(
    engine: Engine, code: Path, log: Log
) -> None:
    result = start(engine, code, (), ["rest", "more"], log)
    assert (result.status, result.exit_code) == ("Failed", 1)
    assert "KeyError: 'rest'" in result.log  # the stand-in runs what its first word names


@pytest.mark.parametrize(
    ("entrypoint", "code_and_reason"),
    [
        (["no-such-program"], (127, "the image has no program `no-such-program`: name one")),
        (["/opt/ml/input/none.sh"], (127, "the image has no program `/opt/ml/input/none.sh`")),
        ([SCRIPT], (126, f"`{SCRIPT}` cannot be executed here: make it executable")),
        (["/bin/bash", "-c", "no-such-tool"], (127, "")),
    ],
    ids=["absent", "absent-path", "no-permission", "absent-in-shell"],
)
def test_a_program_that_cannot_be_started_is_named(
    engine: Engine, code: Path, log: Log, entrypoint: list[str], code_and_reason: tuple[int, str]
) -> None:
    result = start(engine, code, entrypoint, (), log)
    exit_code, reason = code_and_reason
    assert (result.status, result.exit_code) == ("Failed", exit_code)
    name = "algo-1: " if reason else ""
    assert result.outcome.failure_reason.startswith(f"AlgorithmError: {name}{reason}")
    assert result.outcome.failure_reason.endswith(f", exit code: {exit_code}")
    assert ("no program" in result.diagnosis) == ("no program" in reason)


@pytest.mark.parametrize(
    ("entrypoint", "sentence"),
    [(["", "x"], "first word of the ContainerEntrypoint is empty"), (["a\0b"], "NUL character")],
)
def test_a_command_that_starts_nothing_is_refused(
    process_engine: Engine, code: Path, log: Log, entrypoint: list[str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        start(process_engine, code, entrypoint, (), log)
    assert not (code.parent / "out").exists()


def test_paths_inside_of_source_archives_are_translated(
    process_engine: Engine, code: Path, log: Log
) -> None:
    pack_sources(code)
    (code / "broken").mkdir()
    for name in ("sourcedir.tar.gz", "copy"):
        (code / "broken" / name).write_bytes(b"\x1f\x8b\x08broken")
    words = "cd /opt/ml/input/data/code && tar -xzf sourcedir.tar.gz -C /opt/ml/model"
    words += " && python3 -m zipfile -e workspace.zip /opt/ml/model && rm -d /opt/ml/model/link"
    words += " && cmp broken/sourcedir.tar.gz broken/copy"
    result = start(process_engine, code, ["/bin/bash", "-ec", words], (), log)
    assert result.status == "Completed", result.log
    for name in ("packed.py", "zipped.py"):
        content = read_model(result, name)
        assert "/opt/ml" not in content.replace(read_model(result, "data.txt"), "")
        assert content.endswith("/algo-1/ml/model ü")
    assert read_model(result, "data.txt") == "/opt/ml/model ü"


def pack_sources(code: Path) -> None:
    """Put the archives of the SDK into the channel: a program, data and a link."""
    content = "/opt/ml/model ü".encode()
    with tarfile.open(code / "sourcedir.tar.gz", "w:gz") as tar:
        for name in ("packed.py", "data.txt"):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "packed.py"
        tar.addfile(link)
    with zipfile.ZipFile(code / "workspace.zip", "w") as archive:
        archive.writestr("zipped.py", content)


def test_pip_installs_for_the_container_alone(process_engine: Engine, code: Path, log: Log) -> None:
    info = "tandem_probe-1.0.dist-info"
    with zipfile.ZipFile(code / "tandem_probe-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tandem_probe.py", "")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tandem-probe\nVersion: 1.0"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any"
        )
        wheel.writestr(f"{info}/RECORD", "")
    words = "pip install --no-index /opt/ml/input/data/code/*.whl && python -c 'import boto3,"
    words += " tandem_probe; print(tandem_probe.__file__)'"
    result = start(process_engine, code, ["/bin/bash", "-ec", words], (), log)
    assert result.status == "Completed", result.log
    place = Path(result.log[-1])
    assert place.name == "tandem_probe.py"
    assert os.path.commonpath([sys.prefix, place]) != sys.prefix
    assert not place.exists()  # it was removed with the container


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_a_processing_image_without_a_program_needs_an_entrypoint(tmp_path: Path, log: Log) -> None:
    job = ProcessingJob("standin-empty")
    result = process(job, tmp_path, select_engine("docker"), logs=log)
    assert (result.status, result.exit_code) == ("Failed", 127)
    assert "neither ENTRYPOINT nor CMD: give a ContainerEntrypoint" in result.failure_reason


PATHS = """
import glob, os, pathlib, shutil
root = "/".join(["", "opt", "ml"])  # nothing in this text is replaced
model = pathlib.Path(root, "model")
os.makedirs(f"{root}/model/a/b")
(model / "a" / "b" / "c.txt").write_text("c")
shutil.copytree(f"{root}/model/a", f"{root}/model/copy")
os.rename(model / "copy" / "b", model / "moved")
shutil.rmtree(f"{root}/model/copy")
assert os.path.exists(model) and not os.path.exists(f"{root}x")
assert glob.glob(f"{root}/model/*") == [str(path) for path in model.iterdir()]
assert [folder for folder, _, _ in os.walk(model)][0] == str(model)
os.chdir(f"{root}/model")
assert open("moved/c.txt").read() == pathlib.Path(root, "model/moved/c.txt").read_text() == "c"
with open(1, "w", closefd=False) as stream:
    stream.write("done")
"""


def test_a_python_program_opens_paths_that_stand_nowhere_in_its_text(
    process_engine: Engine, code: Path, log: Log
) -> None:
    (code / "paths.py").write_text(PATHS)
    result = start(process_engine, code, ["python", "/opt/ml/input/data/code/paths.py"], (), log)
    assert (result.status, result.log) == ("Completed", ("done",))
    assert read_model(result, "moved/c.txt") == read_model(result, "a/b/c.txt") == "c"
    assert not Path("/opt/ml/model").exists()
