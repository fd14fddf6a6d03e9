"""Profiles lead botocore to the local service, under the names that the caller's files have."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session  # type: ignore[import-untyped]

from local_test.client_environment.profiles import make_profiles, read_profile_regions

URL = "http://127.0.0.1:8765"
CONFIG = """\
[default]
region = ap-south-1
[profile work]
region = eu-west-1
credential_process = /bin/false
[profile "quoted name"]
[sso-session company]
sso_region = us-east-1
[services elsewhere]
s3 =
  endpoint_url = https://elsewhere.test
"""
CREDENTIALS = "[work]\naws_access_key_id = real\n[other]\naws_access_key_id = real\n"


def test_the_callers_profiles_keep_their_names_and_regions(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG)
    (tmp_path / "keys").write_text(CREDENTIALS)
    caller = {"HOME": str(tmp_path), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys")}
    assert read_profile_regions(caller, "us-east-2") == {
        "default": "us-east-2",
        "work": "eu-west-1",
        "quoted name": "us-east-2",
        "other": "us-east-2",
    }


@pytest.mark.parametrize("content", [b"no section", b"\xff\xfe\x00"])
def test_files_that_cannot_be_read_count_as_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config").write_bytes(content)
    caller = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "config")}
    assert read_profile_regions(caller, "us-east-1") == {"default": "us-east-1"}


@pytest.mark.parametrize("profile", ["default", "work"])
def test_botocore_reads_the_profiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    regions = {"default": "us-east-1", "work": "eu-west-1"}
    for name, value in make_profiles(URL, regions).write(tmp_path).items():
        monkeypatch.setenv(name, value)
    session = Session(profile=profile)
    client = session.create_client("sagemaker")
    assert client.meta.endpoint_url == URL
    assert client.meta.region_name == regions[profile]
    assert session.get_credentials().access_key == "local"
    client.close()
