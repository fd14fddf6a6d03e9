"""The command as a person uses it: a child process, its output, its exit code, what it leaves."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from local_test import settings
from local_test.commands.shared.failure_report import report_failure
from local_test.commands.shared.options import parse_duration, parse_size
from local_test.engines import EngineName
from local_test.engines.docker_engine.client import connect
from local_test.platform.archives import pack
from tests.archives import make_entry, write_tar_gz
from tests.local_test.conftest import ModelMaker
from tests.scripts.pushing import find_free_port

ROOT = Path(__file__).parents[2]
BOTH = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the directory where the command makes its temporary files."""
    directory = tmp_path / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    return directory


@pytest.fixture(params=BOTH)
def engine_name(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    if name == "docker":
        request.getfixturevalue("docker_images")
    return name


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local_test", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str) -> tuple[int, str, str]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out, err


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(pattern, line)
        if found:
            return found
    pytest.fail(f"ended without {pattern}: {process.communicate()[1]}")


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = start(*arguments)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def left_on_docker(runner: int) -> list[str]:
    label: dict[str, str | list[str] | bool] = {"label": f"local-sagemaker.runner={runner}"}
    with connect(settings.read_settings()) as client:
        containers = [str(item.name) for item in client.containers.list(all=True, filters=label)]
        return containers + [str(item.name) for item in client.networks.list(filters=label)]


def descendants(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    children = [int(child) for child in found.stdout.split()]
    return children + [grand for child in children for grand in descendants(child)]


def test_train_says_its_engine_and_shows_the_log_with_the_containers_name(
    engine_name: EngineName, tmp_path: Path, temporary: Path
) -> None:
    code, out, err = run(
        "train",
        *("--image", "standin", "--engine", engine_name),
        *("--hyperparameter", "act=report", "--output", str(tmp_path / "out")),
    )
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"engine: {engine_name} (requested")
    assert "algo-1 | [1]\ttrain-rmse:0.25\tvalidation-rmse:0.5" in lines
    assert "validation:rmse = 0.5" in lines
    assert lines[-2] == f"output: {tmp_path / 'out/output.tar.gz'} with extra.txt"
    assert lines[-1] == f"model: {tmp_path / 'out/model.tar.gz'}"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "pipeline", "transform"])
def test_an_archive_larger_than_allowed_is_refused_in_one_sentence(
    command: str, tmp_path: Path, temporary: Path
) -> None:
    model = tmp_path / "model.tar.gz"
    model.write_bytes(write_tar_gz(make_entry("weights", bytes(5 << 20))))
    stages = ["--stage", f"standin={model}", "--stage", f"standin={model}"]
    (tmp_path / "in.csv").write_text("1\n")
    options = {
        "serve": ["--image", "standin", "--model", str(model), "--port", "0"],
        "pipeline": [*stages, "--port", "0"],
        "transform": [*stages, "--input", str(tmp_path / "in.csv"), "--output", str(tmp_path)],
    }
    given = [*options[command], "--engine", "process", "--max-model-size", "4MB"]
    code, _, err = run(command, *given)
    assert (code, err) == (
        1,
        f"error: {model} unpacks to more than 4 MB; allow more with --max-model-size, "
        "if you trust it\n",
    )
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("size", ["-1", "0", "many", "513GB", "1PB", "nan", "1e3"])
def test_what_is_no_size_is_refused(size: str) -> None:
    code, _, err = run("serve", "--image", "x", "--model", "-", f"--max-model-size={size}")
    assert code == 2
    assert f"--max-model-size: '{size}' is no size between 1 byte and 512GB" in err


@pytest.mark.parametrize(
    ("text", "size"),
    [("1000", 1000), ("2kb", 2048), ("1.5 MiB", 3 << 19), ("2GB", 2 << 30), ("512g", 512 << 30)],
)
def test_a_size_has_a_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5m", 90), ("2 h", 7200)])
def test_a_time_has_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["10", "0m", "-1s", "1d", ""])
def test_a_time_without_a_unit_or_of_zero_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="invalid time"):
        parse_duration(text)


def test_a_failed_job_ends_with_its_log_and_one_sentence(tmp_path: Path) -> None:
    code, _, err = run(
        "train",
        *("--image", "standin", "--engine", "process"),
        *("--hyperparameter", "act=fail", "--output", str(tmp_path / "out")),
    )
    assert code == 1
    assert err.splitlines() == [
        "its last log lines:",
        "  about to fail",
        "error: algo-1: The column `price` is missing.",
    ]


def test_a_log_line_that_the_error_repeats_is_not_printed_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report_failure("algo-1: a.csv is empty.", ["reading", "", "a.csv is empty."])
    assert capsys.readouterr().err.splitlines() == [
        "its last log lines:",
        "  reading",
        "  ",
        "error: algo-1: a.csv is empty.",
    ]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_stops_a_job_which_keeps_its_model_and_leaves_nothing_else(
    engine_name: EngineName, number: int, code: int, tmp_path: Path, temporary: Path
) -> None:
    with started(
        "train",
        *("--image", "standin", "--engine", engine_name),
        *("--hyperparameter", "act=obey", "--output", str(tmp_path / "out")),
    ) as process:
        read_until(process, "working")
        below = descendants(process.pid)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, "")
    assert (tmp_path / "out/status").read_text() == "Stopped\n"
    assert (tmp_path / "out/model.tar.gz").exists()
    assert list(temporary.iterdir()) == []
    assert all(gone(pid) for pid in below)
    if engine_name == "docker":
        assert left_on_docker(process.pid) == []


def test_a_second_ctrl_c_does_not_wait_for_a_deaf_program(tmp_path: Path, temporary: Path) -> None:
    with started(
        "train",
        *("--image", "standin", "--engine", "process"),
        *("--hyperparameter", "act=deaf", "--output", str(tmp_path / "out")),
    ) as process:
        pids = [int(pid) for pid in read_until(process, r"pids (\d+) (\d+)").groups()]
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130
    assert all(gone(pid) for pid in pids)
    assert list(temporary.iterdir()) == []


def test_a_runner_that_is_killed_takes_its_programs_along(tmp_path: Path, temporary: Path) -> None:
    with started(
        "train",
        *("--image", "standin", "--engine", "process"),
        *("--hyperparameter", "act=deaf", "--output", str(tmp_path / "out")),
    ) as process:
        pids = [int(pid) for pid in read_until(process, r"pids (\d+) (\d+)").groups()]
        process.kill()
        process.wait()
        assert all(gone(pid) for pid in pids)
    assert list((tmp_path / "out").iterdir()) == []
    assert len(list(temporary.iterdir())) == 2  # a killed runner cannot clean its own directories


def test_serve_answers_until_ctrl_c_and_leaves_nothing(
    engine_name: EngineName, make_model: ModelMaker, temporary: Path
) -> None:
    with started(
        "serve",
        *("--image", "standin", "--model", str(make_model(tag="s")), "--env", "COLOUR=red"),
        *("--port", "0", "--engine", engine_name),
    ) as process:
        url = read_until(process, r"ready after [\d.]+ s: POST (http://\S+)").group(1)
        below = descendants(process.pid)
        code, out, err = run("invoke", "--url", url, "--content-type", "text/csv", "--data", "1,2")
        assert (code, out, err) == (0, "s(1,2)\n", "")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert out.splitlines()[-1] == "stopping"
    assert all(gone(pid) for pid in below)
    assert list(temporary.iterdir()) == []
    with urllib3.PoolManager(retries=False) as client, pytest.raises(urllib3.exceptions.HTTPError):
        client.request("GET", url)
    if engine_name == "docker":
        assert left_on_docker(process.pid) == []


def test_serve_answers_for_the_model_of_a_folder_that_invoke_names(
    engine_name: EngineName, make_model: ModelMaker, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for tag in ("house", "flat"):
        pack(make_model(tag=tag), models / f"{tag}.tar.gz")
    with started(
        "serve",
        *("--image", "standin", "--multi-model", str(models)),
        *("--port", "0", "--engine", engine_name),
    ) as process:
        url = read_until(process, r"POST (http://\S+)").group(1)
        told = ("--url", url, "--content-type", "text/csv", "--data", "1")
        for tag in ("house", "flat"):
            target = ("--target-model", f"{tag}.tar.gz")
            assert run("invoke", *told, *target) == (0, f"{tag}(1)\n", "")
        code, out, err = run("invoke", *told)
    assert (code, out) == (1, "")
    assert err.startswith("error: HTTP 400: ")


def test_invoke_waits_for_an_endpoint_that_starts_after_it(make_model: ModelMaker) -> None:
    port = find_free_port()
    asked = ("invoke", "--url", f"127.0.0.1:{port}", "--content-type", "text/csv", "--data", "1")
    with (
        start(*asked, "--wait", "60") as waiting,
        started(
            "serve",
            *("--image", "standin", "--model", str(make_model(tag="late"))),
            *("--port", str(port), "--engine", "process"),
        ),
    ):
        assert waiting.communicate(timeout=60) == ("late(1)\n", "")
    assert waiting.returncode == 0


def test_pipeline_gives_variables_to_all_or_to_one(make_model: ModelMaker, tmp_path: Path) -> None:
    with started(
        "pipeline",
        *("--stage", f"standin={make_model(tag='a')}", "--stage", f"standin={make_model(tag='b')}"),
        *("--env", "COLOUR=red", "--env", "2:SHADE=dark", "--port", "0", "--engine", "process"),
    ) as process:
        url = read_until(process, r"POST (http://\S+)/invocations").group(1)
        record = tmp_path / "record.csv"
        record.write_text("1\n2\n")
        told = ("--content-type", "text/csv", "--accept", "text/csv", "--data", f"@{record}")
        assert run("invoke", "--url", url, *told) == (0, "b(a(1))\nb(a(2))\n", "")


def test_transform_writes_beside_nothing_else(make_model: ModelMaker, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1\n2\n")
    code, out, _ = run(
        "transform",
        *("--stage", f"standin={make_model(tag='a')}", "--input", str(tmp_path / "rows.csv")),
        *("--content-type", "text/csv", "--accept", "text/csv"),
        *("--split", "Line", "--assemble", "Line", "--output", str(tmp_path / "out")),
        *("--engine", "process"),
    )
    assert code == 0
    assert f"output: {tmp_path / 'out/rows.csv.out'}" in out
    assert (tmp_path / "out/rows.csv.out").read_text() == "a(1)\na(2)\n"


def test_invoke_tells_an_error_on_standard_error(make_model: ModelMaker) -> None:
    model = make_model(refuses="bad")
    with started(
        "serve", "--image", "standin", "--model", str(model), "--port", "0", "--engine", "process"
    ) as process:
        url = read_until(process, r"POST (http://\S+)").group(1)
        code, out, err = run("invoke", "--url", url, "--content-type", "a/b", "--data", "bad")
    assert (code, out) == (1, "")
    assert err.startswith("error: HTTP 424: ")
    assert json.loads(err.partition("424: ")[2])["OriginalStatusCode"] == 415


def test_a_container_that_ends_while_serving_ends_the_command(make_model: ModelMaker) -> None:
    model = make_model(dies=True)
    with started(
        "serve", "--image", "standin", "--model", str(model), "--port", "0", "--engine", "process"
    ) as process:
        url = read_until(process, r"POST (http://\S+)").group(1)
        run("invoke", "--url", url, "--content-type", "a/b", "--data", "x")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "error: primary: it ended with exit code 5" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "the following arguments are required: COMMAND; see local-sagemaker --help"),
        ("train --image standin", "the following arguments are required: --output"),
        ("train --image nobody --output OUT", "there is no program tandem-nobody"),
        ("train --image a.b/c:1 --output OUT", "is an image URI, and the process engine runs"),
        ("train --image ./nothing --output OUT", "./nothing is no executable file"),
        ("train --image standin --output OUT --hyperparameter x", "hyperparameter 'x' is not"),
        ("train --image standin --output OUT --channel x", "channel 'x' is not NAME=PATH"),
        ("train --image standin --output OUT --channel t=/no", "there is no /no"),
        ("train --image standin --output /dev/null/x", "nothing can be written to /dev/null/x"),
        ("serve --image standin --model /no/model.tar.gz --port 0", "there is no model at"),
        ("serve --image standin --model BROKEN --port 0", "is not a whole .tar.gz archive"),
        ("serve --image standin --port 0", "one of the arguments --model --multi-model is"),
        ("serve --image standin --multi-model /no --port 0", "there is no folder /no"),
        ("serve --image standin --model - --port 99999", "invalid port: 99999"),
        ("pipeline --stage standin=- --port 0", "a pipeline of 1 is refused"),
        ("pipeline --stage standin --stage x=-", "stage 'standin' is not IMAGE=MODEL"),
        ("pipeline --stage a=- --stage b=- --env 3:A=b", "there is no container 3"),
        ("transform --stage standin=- --input /no --output OUT", "there is no input at /no"),
        ("invoke --url http://127.0.0.1:1 --content-type a/b --data x", "nothing listens at"),
        (
            "invoke --url http://127.0.0.1:1 --content-type a/b --data x --wait 0.2",
            "did not answer with 200 within 0.2 s",
        ),
        ("invoke --url http://x --content-type a/b --data @/no", "/no cannot be read"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_and_leaves_nothing(
    arguments: str, sentence: str, tmp_path: Path, temporary: Path
) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"\x1f\x8b\x08 not really")
    places = {"OUT": str(tmp_path / "out"), "BROKEN": str(broken)}
    words = [places.get(word, word) for word in arguments.split()]
    if words and words[0] != "invoke":
        words += ["--engine", "process"]
    code, _, err = run(*words)
    assert code == (2 if "the arguments" in sentence or "arguments are" in sentence else 1)
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert sentence in err
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "out").exists()


def test_a_dead_engine_is_told_where_docker_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/closed.sock")
    code, _, err = run(
        "train", "--image", "standin", "--engine", "docker", "--output", str(tmp_path / "out")
    )
    assert code == 1
    assert err == (
        f"error: Docker is not running at unix://{tmp_path}/closed.sock; "
        "start Docker, or use --engine process\n"
    )


def test_auto_takes_child_processes_where_no_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/closed.sock")
    code, out, _ = run("train", "--image", "standin", "--output", str(tmp_path / "out"))
    assert code == 0
    assert out.startswith(
        f"engine: process (Docker is not running at unix://{tmp_path}/closed.sock)\n"
    )


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_auto_takes_docker_where_it_has_the_image(tmp_path: Path) -> None:
    _, out, _ = run("train", "--image", "standin", "--output", str(tmp_path / "out"))
    assert re.match(r"engine: docker \(Docker \S+ is running\)\n", out)


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_auto_takes_child_processes_where_docker_lacks_the_image(tmp_path: Path) -> None:
    _, out, err = run("train", "--image", "nobody", "--output", str(tmp_path / "out"))
    assert "is running, but has no image tandem-nobody:latest)" in out
    assert "there is no program tandem-nobody" in err


def test_auto_takes_child_processes_for_a_program_of_this_machine(
    programs: Path, tmp_path: Path
) -> None:
    program = programs / "tandem-standin"
    code, out, _ = run("train", "--image", str(program), "--output", str(tmp_path / "out"))
    assert code == 0
    assert out.startswith(f"engine: process ({program} is a program of this machine)\n")


def test_help_names_every_command_and_the_exit_codes() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for word in ("train", "serve", "pipeline", "transform", "invoke", "130", os.linesep):
        assert word in out
