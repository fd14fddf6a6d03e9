"""`--json`, `--quiet`, `--verbose` and `NO_COLOR`, which all commands have in common."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_test.cli import main
from local_test.commands import NAMES, load_command
from local_test.engines.container_logs import print_line
from tests.clients.account import Account
from tests.local_test.answers import read_answer, read_error
from tests.local_test.conftest import ModelMaker
from tests.local_test.terminals import Terminal

TRAIN = ("train", "--image", "standin", "--engine", "process")


def train(tmp_path: Path, act: str, *options: str) -> int:
    output = ("--output", str(tmp_path / "out"))
    return main([*TRAIN, "--hyperparameter", f"act={act}", *output, *options])


def test_every_command_answers_in_json() -> None:
    assert [name for name in NAMES if not load_command(name).answers] == []


@pytest.mark.parametrize(
    ("arguments", "variant"),
    [
        ("config", ""),
        ("config up", ""),
        ("completion fish", ""),
        ("doctor", ""),
        ("samples --list", "--list"),
        ("conform --list --only C-00*", "--list"),
        ("prune --dry-run", ""),
        ("env --state STATE", ""),
    ],
)
def test_the_document_has_the_declared_keys(
    arguments: str,
    variant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *rest = arguments.replace("STATE", str(tmp_path)).split()
    assert main([command, "--json", *rest]) in {0, 1}
    assert read_answer(command, capsys.readouterr().out, variant)


def test_a_running_service_answers_in_json(
    service: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb, *options in (["status"], ["ps", "--all"], ["clock"], ["clock", "--advance", "1s"]):
        assert main([verb, *options, "--url", service.url, "--json"]) == 0
        read_answer(verb, capsys.readouterr().out)
    options = ["--url", service.url, "--json"]
    for arguments in (["logs", "nothing"], ["interrupt", "nothing"], ["runs", "show", "nothing"]):
        assert main([*arguments[:1], *options, *arguments[1:]]) == 1
        printed = capsys.readouterr()
        found = read_error(printed.out)
        assert printed.err == f"error: {found['error']['message']}\n"


def test_usage_errors_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["trian", "--json"], ["ps", "--json", "--colour"], ["train", "--json"]):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert read_error(capsys.readouterr().out)["exit_code"] == 2
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--url", "--", "program", "--json"])
    assert capsys.readouterr().out == ""


def test_train_answers_in_json_how_the_job_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path, "report", "--json") == 0
    printed = capsys.readouterr()
    found = read_answer("train", printed.out)
    assert (found["status"], found["metrics"]["validation:rmse"]) == ("Completed", 0.5)
    assert (found["files"], Path(found["model"]).name) == (["extra.txt"], "model.tar.gz")
    assert "algo-1 | [1]\ttrain-rmse:0.25" in printed.err
    assert train(tmp_path, "fail", "--json") == 1
    printed = capsys.readouterr()
    found = read_answer("train", printed.out)
    reason = "algo-1: The column `price` is missing."
    assert (found["failure_reason"], found["log"][0]) == (reason, "about to fail")
    assert printed.err.endswith(f"error: {reason}\n")


def test_quiet_prints_the_answer_alone_and_verbose_what_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path, "report", "-q") == 0
    printed = capsys.readouterr()
    assert (printed.out.split()[0], printed.err) == ("train:rmse", "")
    assert "|" not in printed.out
    assert train(tmp_path, "report", "-v") == 0
    printed = capsys.readouterr()
    assert "algo-1 |" in printed.out
    start = r"^\d\d:\d\d:\d\d\.\d{3} algo-1: run \S+standin train"
    assert re.search(start, printed.err, re.MULTILINE)
    assert re.search(r"algo-1: exit code 0$", printed.err, re.MULTILINE)
    with pytest.raises(SystemExit, match="2"):
        train(tmp_path, "report", "-q", "-v")


def test_verbose_prints_requests_without_their_queries(
    service: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clock", "--advance", "1s", "--url", service.url, "--verbose"]) == 0
    err = capsys.readouterr().err
    assert err.endswith(f" {service.url}: POST /local-sagemaker/clock -> 200\n")
    assert main(["status", "--url", service.url]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_verbose_prints_requests_to_docker(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "xgboost", "--list", "--json", "-v"]) == 0
    printed = capsys.readouterr()
    assert read_answer("images", printed.out, "--list")[0]["name"] == "xgboost"
    request = r" docker: GET /v[\d.]+/images/tandem-xgboost:latest/json -> 200$"
    assert re.search(request, printed.err, re.MULTILINE)


def test_serve_and_invoke_answer_in_json(
    make_model: ModelMaker,
) -> None:
    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "local_test", *arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    model = str(make_model(tag="j", refuses="bad"))
    options = ("--image", "standin", "--model", model, "--port", "0", "--engine", "process")
    with start("serve", *options) as server:
        assert server.stdout is not None
        ready = read_answer("serve", server.stdout.readline())
        for data, code, body in (("1,2", 0, "j(1,2)\n"), ("bad", 1, "")):
            sent = ("--url", ready["url"], "--content-type", "text/csv", "--data", data)
            with start("invoke", *sent) as client:
                out, err = client.communicate(timeout=60)
            found = read_answer("invoke", out)
            assert (client.returncode, found["status"]) == (code, 424 if code else 200), err
            assert code or found["body"] == body
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    assert (server.returncode, out, err.splitlines()[-1]) == (130, "", "stopping")


def test_a_terminal_gets_colours_unless_they_are_turned_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def show(**variables: str) -> str:
        screen = Terminal()
        with monkeypatch.context() as context:
            context.setattr(sys, "stdout", screen)
            for name in ("NO_COLOR", "TERM"):
                context.delenv(name, raising=False)
            for name, value in variables.items():
                context.setenv(name, value)
            print_line("algo-1", "line")
        return screen.getvalue()

    assert show(TERM="xterm").startswith("\x1b[")
    assert show(NO_COLOR="1") == show(TERM="dumb") == "algo-1 | line\n"
