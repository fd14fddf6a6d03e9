"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.lock import aws_clients
from tests.conftest import docker_engine

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "testing-your-image.md"
IMPATIENT = ROOT / "tests" / "clients" / "impatient"
PLUGIN = ("-p", "local_test.pytest_plugin.plugin")
PROCESS = (*PLUGIN, "--sagemaker-engine", "process")
PATIENCE_SECONDS = 60.0


@pytest.fixture(autouse=True)
def named_plugins_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is the one of this checkout, not that of an installation."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def documented(name: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"```python\n# {name}\n")[1].split("```")[0]


@pytest.mark.parametrize("name", ["process", pytest.param("docker", marks=pytest.mark.docker)])
def test_the_documented_example_runs(name: str, pytester: pytest.Pytester) -> None:
    if name == "docker":
        docker_engine()
    pytester.makepyfile(test_image=documented("test_image.py"))
    done = pytester.runpytest_subprocess(*PLUGIN, "--sagemaker-engine", name, "-W", "error")
    done.assert_outcomes(passed=3)


def test_the_sagemaker_sdk_uses_the_service_without_arguments(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = aws_clients.prepare_client().parent / "lib"
    (site,) = packages.glob("python3*/site-packages")
    monkeypatch.setenv("PYTHONPATH", str(IMPATIENT))
    pytester.makeconftest(f"import sys\nsys.path.append({str(site)!r})\n")
    pytester.makepyfile(test_sdk=documented("test_sdk.py"))
    pytester.runpytest_subprocess(*PROCESS).assert_outcomes(passed=1)


STATE = """
    import os
    import boto3, pytest

    BEFORE = dict(os.environ)

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_bucket(number, sagemaker_service):
        assert "AWS_PROFILE" not in os.environ
        s3 = boto3.client("s3")
        print("FOUND", len(s3.list_buckets()["Buckets"]), sagemaker_service.url)
        s3.create_bucket(Bucket=f"bucket-{number}")
        assert sagemaker_service.upload(__import__("pathlib").Path(__file__)).endswith(".py")

    def test_the_variables_are_the_callers_again():
        if os.environ.get("SCOPE") == "function":
            changed = {n for n in os.environ.keys() | BEFORE if os.environ.get(n) != BEFORE.get(n)}
            assert changed == {"PYTEST_CURRENT_TEST"} and boto3.DEFAULT_SESSION is None
"""


@pytest.mark.parametrize(("scope", "found"), [("session", [0, 2]), ("function", [0, 0])])
def test_the_state_lasts_as_long_as_the_scope(
    scope: str, found: list[int], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-user")
    monkeypatch.setenv("SCOPE", scope)
    pytester.makepyfile(STATE)
    pytester.makeini(f"[pytest]\nsagemaker_scope = {scope}\nsagemaker_engine = process\n")
    done = pytester.runpytest_subprocess(*PLUGIN, "-s")
    done.assert_outcomes(passed=3)
    lines = [line.split("FOUND ")[1].split() for line in done.outlines if "FOUND" in line]
    assert [int(count) for count, _ in lines] == found
    assert len({url for _, url in lines}) == (1 if scope == "session" else 2)


def test_workers_of_xdist_have_services_of_their_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pathlib, pytest

        @pytest.mark.parametrize("number", range(2))
        def test_one(number, sagemaker_service):
            assert sagemaker_service.client("s3").list_buckets()["Buckets"] == []
            sagemaker_service.client("s3").create_bucket(Bucket="same")
            pathlib.Path(f"url-{number}").write_text(sagemaker_service.url)
    """)
    done = pytester.runpytest_subprocess(*PROCESS, "-p", "xdist.plugin", "-n", "2")
    done.assert_outcomes(passed=2)
    assert len({(pytester.path / f"url-{number}").read_text() for number in range(2)}) == 2


@pytest.mark.parametrize(("missing", "outcome"), [("skip", "skipped"), ("fail", "errors")])
def test_without_docker_a_sentence_says_why(
    missing: str, outcome: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{pytester.path}/closed.sock")
    pytester.makepyfile("def test_one(endpoint):\n    pass\n")
    options = ("--sagemaker-engine", "docker", "--sagemaker-missing-engine", missing)
    done = pytester.runpytest_subprocess(*PLUGIN, *options, "-rsE")
    done.assert_outcomes(**{outcome: 1})
    start = "no Docker engine" if missing == "skip" else "the Docker engine is required"
    done.stdout.fnmatch_lines(f"*{start}: *closed.sock*")


def test_a_wrong_setting_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsagemaker_scope = suite\n")
    done = pytester.runpytest_subprocess(*PLUGIN)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines("*sagemaker_scope is 'suite'; choose one of session, package, *")


def test_a_failed_job_shows_its_reason_and_the_end_of_its_log(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_one(training_job):
            training_job("standin", {}, {"act": "fail"})

        def test_two(endpoint, sagemaker_service):
            endpoint("s3://nowhere/model.tar.gz", image="standin")
    """)
    done = pytester.runpytest_subprocess(*PROCESS)
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines_random(
        ["*JobError: training job test-* ended as Failed: *column `price` is missing*"]
    )
    done.stdout.fnmatch_lines_random(["E *about to fail", "E *nowhere*"])


def test_a_killed_run_leaves_no_service(pytester: pytest.Pytester) -> None:
    path = pytester.makepyfile("""
        import pathlib, time

        def test_one(sagemaker_service):
            pathlib.Path("url.part").write_text(sagemaker_service.url)
            pathlib.Path("url.part").rename("url")
            time.sleep(600)
    """)
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", *PROCESS, str(path)],
        cwd=pytester.path,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for((pytester.path / "url").exists)
        url = (pytester.path / "url").read_text()
        assert answers(url)
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    wait_for(lambda: not answers(url))


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_health", timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
