"""Options from `tandem.toml` and the environment: precedence, types, and errors."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from local_test import cli
from local_test.cli import main
from local_test.errors import UserError
from local_test.option_settings import read_option_settings

COMMANDS = ("up", "train")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_parser() -> ArgumentParser:
    parser = ArgumentParser()
    parser.add_argument("--engine", choices=["auto", "docker", "process"], default="auto")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--output", required=True)
    parser.add_argument("--detach", action="store_true")
    parser.add_argument("--env", action="extend", nargs="+", default=[])
    return parser


def parse(text: str, *arguments: str, **environment: str) -> Namespace:
    Path("tandem.toml").write_text(text)
    parser = make_parser()
    read_option_settings(environment, COMMANDS).set_defaults(parser, "up")
    return parser.parse_args(arguments)


def test_the_file_sets_options_of_one_command_and_shared_ones() -> None:
    text = 'engine = "process"\n[up]\nport = 80\ndetach = true\noutput = "out"\nenv = ["a=b"]\n'
    args = parse(text)
    assert vars(args) == {
        "engine": "process",
        "port": 80,
        "output": "out",
        "detach": True,
        "env": ["a=b"],
    }
    assert parse(text + "[train]\nengine = 'docker'\n").engine == "process"
    assert parse(text, "--env", "c=d").env == ["a=b", "c=d"]


def test_an_argument_wins_over_the_environment_and_that_over_the_file() -> None:
    text = 'engine = "process"\n[up]\noutput = "file"\n'
    assert parse(text).output == "file"
    assert parse(text, LOCAL_SAGEMAKER_UP_OUTPUT="variable").output == "variable"
    assert parse(text, "--output", "argument", LOCAL_SAGEMAKER_UP_OUTPUT="v").output == "argument"
    # What names the command is nearer than what all commands share.
    shared = {"LOCAL_SAGEMAKER_ENGINE": "docker"}
    assert parse(text, **shared).engine == "docker"
    assert parse(text, **shared, LOCAL_SAGEMAKER_UP_ENGINE="auto").engine == "auto"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("engin = 'auto'", "unknown option of all commands 'engin'; write 'engine'"),
        ("port = 1", "unknown option of all commands 'port'"),
        ("[upp]", "unknown command 'upp'; write 'up'"),
        ("[up]\nprot = 1", r"\[up\]: unknown option 'prot'; write 'port'"),
        ("[up]\nport = 'many'", r"\[up\] port: invalid literal"),
        ("[up]\nport = [1]", r"\[up\] port: one value is expected, not a list"),
        ("[up]\nport = true", r"\[up\] port: a text or a number is expected, not True"),
        ("[up]\ndetach = 'often'", r"\[up\] detach: 'often' is neither true nor false"),
        ("[up]\nengine = 'doker'", "invalid value 'doker'; choose one of auto, docker, process"),
        ("[up", "tandem.toml cannot be read: "),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse(text)


def test_another_file_can_be_named_and_must_exist(folder: Path) -> None:
    (folder / "mine.toml").write_text("[up]\nport = 7\n")
    found = read_option_settings({"LOCAL_SAGEMAKER_CONFIG": str(folder / "mine.toml")}, COMMANDS)
    assert [(one.name, one.value) for one in found.list_settings(make_parser(), "up")] == [
        ("port", 7)
    ]
    with pytest.raises(UserError, match=r"file not found: no\.toml"):
        read_option_settings({"LOCAL_SAGEMAKER_CONFIG": "no.toml"}, COMMANDS)


def test_a_command_takes_them_and_config_says_where_they_come_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tandem.toml").write_text('state = "kept"\n[up]\nport = 8123\n')
    monkeypatch.setenv("LOCAL_SAGEMAKER_UP_MAX_INSTANCES", "9")
    args = cli.parse_arguments(["up", "--port", "8124"])
    assert (args.port, args.state, args.max_instances) == (8124, Path("kept"), 9)
    assert main(["config", "up", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["file"] == str(folder / "tandem.toml")
    sources = {row["option"]: (row["value"], row["source"]) for row in printed["options"]}
    assert sources["port"] == ("8123", f"{folder / 'tandem.toml'}: [up] port")
    assert sources["state"] == ("kept", f"{folder / 'tandem.toml'}: state")
    assert sources["max-instances"] == ("9", "LOCAL_SAGEMAKER_UP_MAX_INSTANCES")
    assert sources["detach"] == ("False", "default")


def test_the_address_of_the_service_is_not_that_of_an_endpoint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tandem.toml").write_text('url = "http://127.0.0.1:8800"\n')
    assert cli.parse_arguments(["ps"]).url == "http://127.0.0.1:8800"
    with pytest.raises(SystemExit):
        cli.parse_arguments(["invoke", "--content-type", "text/csv", "--data", "1"])
    assert "required: --url" in capsys.readouterr().err
    (folder / "tandem.toml").write_text('[invoke]\nurl = "http://127.0.0.1:8080"\n')
    invoke = cli.parse_arguments(["invoke", "--content-type", "text/csv", "--data", "1"])
    assert invoke.url == "http://127.0.0.1:8080"


def test_an_invalid_file_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tandem.toml").write_text("[up]\nprot = 1\n")
    with pytest.raises(SystemExit) as ended:
        main(["up"])
    assert ended.value.code == 2
    assert "unknown option 'prot'" in capsys.readouterr().err


def test_without_a_file_nothing_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    assert capsys.readouterr().out == "file: none (tandem.toml in the current directory)\n"


def test_options_of_verbs_are_set_in_the_table_of_their_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tandem.toml").write_text('[runs]\nsort = "rmse"\nascending = true\njson = true\n')
    monkeypatch.setenv("LOCAL_SAGEMAKER_RUNS_COLUMNS", "depth")
    args = cli.parse_arguments(["runs", "ls", "prices"])
    assert (args.sort, args.ascending, args.columns, args.json) == ("rmse", True, "depth", True)
    assert cli.parse_arguments(["runs", "ls", "prices", "--sort", "mae"]).sort == "mae"
    assert cli.parse_arguments(["runs", "diff", "a", "b"]).json is True
    assert main(["config", "runs"]) == 0
    lines = [line.split()[:3] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [line for line in lines if line[1] in {"sort", "columns", "json"}] == [
        ["runs", "sort", "rmse"],
        ["runs", "columns", "depth"],
        ["runs", "json", "True"],
    ]
    (folder / "tandem.toml").write_text("[runs]\nsorted = 1\n")
    with pytest.raises(SystemExit, match="2"):
        cli.parse_arguments(["runs", "ls", "prices"])
    assert "[runs]: unknown option 'sorted'; write 'sort'" in capsys.readouterr().err
