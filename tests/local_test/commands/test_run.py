"""`run`: a command's environment, its signals and exit code, and what is left afterwards."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from local_test.cli import main
from tests.clients.account import Account, run_service
from tests.local_test.answers import read_answer, read_error
from tests.local_test.commands.programs import run_command, start_command

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
IDENTITY = """
import json, urllib.request, boto3
sts = boto3.client("sts", "eu-west-1", endpoint_url="https://sts.eu-west-1.amazonaws.com")
identity = sts.get_caller_identity()
role = boto3.client("iam").get_role(RoleName=identity["Arn"].split("/")[1])["Role"]
s3 = boto3.Session(region_name="eu-west-1").client("s3")
where = {"LocationConstraint": "eu-west-1"}
s3.create_bucket(Bucket="public.files", CreateBucketConfiguration=where)
s3.put_object(Bucket="public.files", Key="console", Body=b"a,b", ACL="public-read")
address = "https://public.files.s3.eu-west-1.amazonaws.com/console"
content = urllib.request.urlopen(address).read().decode()
assumed = boto3.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="mine")
keys = assumed["Credentials"]
mine = boto3.client(
    "sts",
    aws_access_key_id=keys["AccessKeyId"],
    aws_secret_access_key=keys["SecretAccessKey"],
    aws_session_token=keys["SessionToken"],
)
print(json.dumps([identity["Arn"], identity["UserId"], role["RoleId"], role["Arn"],
                  role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"], content,
                  mine.get_caller_identity()["Arn"]]))
"""
WAIT = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
signal.signal(signal.SIGINT, lambda *_: sys.exit(8))
print(child.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def test_a_service_is_started_for_the_command_and_ends_with_it(tmp_path: Path) -> None:
    program = ("--region", "eu-west-1", "--", sys.executable, "-c", IDENTITY)
    code, out, err = run_command(tmp_path, "http://127.0.0.1:0", "run", *program)
    assert code == 0, err
    arn, user, role_id, role_arn, principal, content, mine = json.loads(out)
    assert arn.startswith("arn:aws:sts::123456789012:assumed-role/AmazonSageMaker-ExecutionRole")
    assert role_arn.startswith("arn:aws:iam::123456789012:role/service-role/")
    assert (user.split(":")[0], principal) == (role_id, {"Service": "sagemaker.amazonaws.com"})
    assert content == "a,b"
    assert mine.endswith("/mine")
    [url] = re.findall(r"service: http://127\.0\.0\.1:(\d+) \(started\)", err)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url)))
    assert list(tmp_path.glob("local-sagemaker-*")) == []
    authority = tmp_path / "state" / "aws-proxy" / "certificate-authority.pem"
    assert authority.stat().st_mode & 0o777 == 0o600


def test_the_command_has_an_environment_of_its_own(tmp_path: Path, service: Account) -> None:
    code, out, err = run_command(tmp_path, service.url, "run", "--", sys.executable, "-c", SHOW)
    assert code == 0, err
    variables = json.loads(out)
    assert variables["AWS_ENDPOINT_URL"] == service.url
    assert variables["HTTPS_PROXY"].startswith("http://127.0.0.1:")
    assert "AWS_PROFILE" not in variables
    assert not Path(variables["AWS_CA_BUNDLE"]).exists()  # it went with the command
    assert "already running" in err


def test_the_exit_code_is_the_commands(tmp_path: Path, service: Account) -> None:
    assert run_command(tmp_path, service.url, "run", "--", "sh", "-c", "exit 42")[0] == 42
    assert run_command(tmp_path, service.url, "run", "--", "sh", "-c", "kill -9 $$")[0] == 128 + 9


def test_the_answer_in_json_leaves_standard_output_to_itself(
    tmp_path: Path, service: Account
) -> None:
    program = ("sh", "-c", "echo of the command; exit 3")
    code, out, err = run_command(tmp_path, service.url, "run", "--json", "--", *program)
    found = read_answer("run", out)
    assert (code, found["exit_code"], found["command"]) == (3, 3, list(program))
    assert (found["url"], "of the command\n" in err) == (service.url, True)
    code, out, err = run_command(tmp_path, service.url, "run", "--json", "--", "no-such-program")
    assert (code, read_error(out)["exit_code"]) == (127, 127)


def test_a_command_that_does_not_exist_is_named(tmp_path: Path, service: Account) -> None:
    code, _, err = run_command(tmp_path, service.url, "run", "--", "no-such-program")
    assert (code, "error: no-such-program cannot be run" in err) == (127, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 7), (signal.SIGINT, 8)])
def test_signals_are_passed_on_and_nothing_is_left(
    tmp_path: Path, service: Account, number: signal.Signals, code: int
) -> None:
    program = (sys.executable, "-c", WAIT)
    with start_command(tmp_path, service.url, "run", "--", *program) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert not is_alive(grandchild)
    assert list(tmp_path.glob("local-sagemaker-*")) == []


def test_a_service_that_ends_during_the_command_is_named(tmp_path: Path) -> None:
    with run_service("process", tmp_path / "killed", end=signal.SIGKILL) as account:
        program = (sys.executable, "-c", WAIT)
        process = start_command(tmp_path, account.url, "run", "--", *program)
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
    with process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 125, err
    assert f"error: the service ended while the command ran: {account.url}" in err
    assert not is_alive(grandchild)


def test_what_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = ("--state", str(tmp_path / "state"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["run", "--proxy-port", port, *state, "--", "true"]) == 1
        err = capsys.readouterr().err
        assert (f"port {port} is not available" in err, "--proxy-port" in err) == (True, True)
    for url, sentence in {
        "http://elsewhere.invalid:1": "no service answers: http://elsewhere.invalid:1",
        "https://127.0.0.1:1": "invalid URL of a service: https://127.0.0.1:1",
        "http://127.0.0.1:99999": "invalid URL of a service",
    }.items():
        assert main(["run", "--url", url, *state, "--", "true"]) == 1
        assert sentence in capsys.readouterr().err
    assert main(["run"]) == 1
    assert "error: missing command: run" in capsys.readouterr().err
