"""Usage: versions, mistyped names, values after one option, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from local_test.cli import main, parse_arguments
from local_test.release import read_version


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("trian", "unknown command 'trian'. Did you mean 'train'?; see local-sagemaker --help"),
        ("prune --dryrun", "unknown argument --dryrun. Did you mean '--dry-run'?"),
        ("ps --colour", "unknown argument --colour; see local-sagemaker ps --help"),
        ("train --output out", "the following arguments are required: --image"),
        ("config upp", "argument COMMAND: invalid value 'upp'. Did you mean 'up'?; see"),
        ("runs list a", "argument VERB: invalid value 'list': use ls, show, diff; see"),
        ("runs ls a --srot b", "unknown argument --srot b. Did you mean '--sort'?; see"),
        ("up --port many", "argument --port: invalid whole number: 'many'; see"),
        ("ps --url here", "argument --url: invalid URL of a service: here; write http://HOST:PORT"),
        ("images xgbost", "argument NAME: unknown image 'xgbost'. Did you mean 'xgboost'?"),
        ("size --rate 0 --p99 1s --endpoint e --input f", "argument --rate: invalid number '0'"),
    ],
)
def test_invalid_usage_exits_with_2_and_a_suggestion(
    arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments.split())
    out, err = capsys.readouterr()
    assert (raised.value.code, out) == (2, "")
    assert err.startswith(f"error: {sentence}")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"local-sagemaker {read_version()}\n"


def test_several_values_follow_one_option_or_each_its_own() -> None:
    required = ["train", "--image", "x", "--output", "out"]
    args = parse_arguments(
        [*required, "--hyperparameter", "a=1", "b=2", "--hyperparameter", "c=3", "--env", "D=4"]
    )
    assert (args.hyperparameter, args.env) == (["a=1", "b=2", "c=3"], ["D=4"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "local-sagemaker" in capsys.readouterr().out


def test_a_shell_completes_commands_and_options() -> None:
    def complete(line: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "local_test"],
            env={
                **os.environ,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_STDOUT_FILENAME": "/dev/stdout",
                "_ARGCOMPLETE_IFS": "\n",
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        return [word.strip() for word in done.stdout.splitlines()]

    assert complete("local-sagemaker stat") == ["status"]
    assert complete("local-sagemaker up --max-m") == ["--max-model-size"]


def test_colours_are_left_out_where_they_are_not_wanted() -> None:
    def show_help(**variables: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | variables
        return subprocess.run(
            [sys.executable, "-m", "local_test", "ps", "--help"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    colour = re.compile(r"\x1b\[[\d;]*3[0-7]m")
    assert colour.search(show_help(FORCE_COLOR="1"))
    assert not colour.search(show_help(FORCE_COLOR="1", NO_COLOR="1"))
    assert "\x1b[" not in show_help()
