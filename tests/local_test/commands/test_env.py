"""`env`: what a shell evaluates leads its clients to the service, and nothing stale stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_test.cli import main

URL = "http://127.0.0.1:4321"
SHOW = """
import json, os, botocore.session
session = botocore.session.Session()
client = session.create_client("sagemaker")
keys = session.get_credentials()
print(json.dumps([client.meta.endpoint_url, client.meta.region_name, keys.access_key, keys.token,
                  dict(os.environ)]))
"""
STALE = {
    "AWS_PROFILE": "company",
    "AWS_SESSION_TOKEN": "company",
    "AWS_ENDPOINT_URL_SAGEMAKER": "https://elsewhere.test",
    "NO_PROXY": "intranet.test",
}


@pytest.mark.parametrize("profile", [(), ("--profile", "local")])
def test_a_shell_that_evaluates_it_uses_the_service(
    tmp_path: Path, profile: tuple[str, ...]
) -> None:
    options = f"--url {URL} --region eu-west-3 --state {tmp_path} {' '.join(profile)}"
    script = f'eval "$({sys.executable} -m local_test env {options})"; {sys.executable} -c "$SHOW"'
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        ["sh", "-c", script],
        env={**kept, **STALE, "SHOW": SHOW, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    address, region, key, token, variables = json.loads(done.stdout)
    assert (address, region, key, token) == (URL, "eu-west-3", "local", None)
    assert variables.get("AWS_PROFILE") == (profile[1] if profile else None)
    assert "AWS_ENDPOINT_URL_SAGEMAKER" not in variables
    assert ("AWS_ACCESS_KEY_ID" in variables) is not bool(profile)
    assert variables["NO_PROXY"] == "127.0.0.1,localhost,::1,intranet.test"
    assert Path(variables["SAGEMAKER_USER_CONFIG_OVERRIDE"]).is_file()


def test_a_profile_is_printed_for_the_users_own_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["env", "--profile", "mine", "--url", URL, "--state", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"# ~/.aws/config:\n# [profile mine]\n# endpoint_url = {URL}\n" in out
    assert "# ~/.aws/credentials:\n# [mine]\n# aws_access_key_id = local\n" in out
    assert (tmp_path / "aws-profile" / "credentials").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "a]", "a\nb", " a"])
def test_an_invalid_name_of_a_profile_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["env", "--profile", name, "--state", str(tmp_path)]) == 1
    assert "error: invalid name of a profile" in capsys.readouterr().err
