"""Names and folders that somebody else chose: what becomes of them on this machine's disk."""

from __future__ import annotations

import gzip
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_test.endpoints import Stage
from local_test.engines import Engine
from local_test.errors import UserError
from local_test.secret_names import mask_values, mask_words
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.s3 import S3Storage, S3Uri
from local_test.service.storage.s3_input import download_input
from local_test.service.storage.state.files import append_text, prepare_state_folder
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import Account
from tests.local_test.conftest import Log
from tests.local_test.jobs.test_transform import by_line, run
from tests.local_test.service.resources.test_endpoints import STANDIN


@pytest.fixture
def s3() -> Iterator[Any]:
    """Give a client of moto in this process, with the bucket `names`."""
    aws = AwsClients(
        "http://127.0.0.1:1", {}, WsgiClient(DomainDispatcherApplication(create_backend_app))
    )
    client = aws.client("s3", "us-east-1")
    client.create_bucket(Bucket="names")
    yield client
    for item in client.list_objects_v2(Bucket="names").get("Contents", ()):
        client.delete_object(Bucket="names", Key=item["Key"])
    client.delete_bucket(Bucket="names")
    aws.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_longest_names_of_files_are_fetched_and_unzipped(s3: Any, tmp_path: Path) -> None:
    longest = "n" * 255
    s3.put_object(Bucket="names", Key=f"in/{longest}", Body=gzip.compress(b"1"))
    source = {"S3Uri": "s3://names/in/"}
    folder = download_input(S3Storage(s3), source, tmp_path / "in", unzip=True)
    assert (folder / longest).read_bytes() == b"1"
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_cannot_be_fetched_leaves_no_file(s3: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="S3 refuses s3://names/none"):
        S3Storage(s3).fetch(S3Uri("names", "none"), tmp_path / "none")
    for key in ("in/a", "in/a/b"):
        s3.put_object(Bucket="names", Key=key, Body=b"x")
    with pytest.raises(UserError, match="cannot be a file: another object's key goes through it"):
        S3Storage(s3).fetch_prefix(S3Uri("names", "in/"), tmp_path / "both")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["n" * 252], "is longer than 255 bytes; shorten the name of the input"),
        (["a", "a.out/b"], "a.out would be a file and a folder at once; rename an input"),
    ],
)
def test_outputs_of_a_transform_that_cannot_be_files_are_refused(
    process_engine: Engine, tmp_path: Path, log: Log, names: list[str], sentence: str
) -> None:
    for name in names:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1\n")
    with pytest.raises(UserError, match=sentence):
        run(process_engine, by_line([Stage("standin")], tmp_path / "in"), tmp_path / "out", log)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [".", ".."])
def test_a_channel_is_no_path(account: Account, name: str) -> None:
    with pytest.raises(ClientError, match=r"Channel '\.\.?': no folder can have this name"):
        account.sagemaker.create_training_job(
            TrainingJobName="dots",
            RoleArn="arn:aws:iam::123456789012:role/any",
            AlgorithmSpecification={"TrainingImage": STANDIN, "TrainingInputMode": "File"},
            InputDataConfig=[
                {
                    "ChannelName": name,
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://dots/in"}
                    },
                }
            ],
            OutputDataConfig={"S3OutputPath": "s3://dots/out"},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 5,
                "InstanceCount": 1,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )


def test_a_state_folder_is_closed_and_nothing_around_it_is_touched(tmp_path: Path) -> None:
    state, victim = tmp_path / "build" / "state", tmp_path / "victim"
    before = os.umask(0o022)
    try:
        prepare_state_folder(state)
    finally:
        os.umask(before)
    victim.write_text("mine")
    victim.chmod(0o644)
    (state / "link").symlink_to(victim)
    (state / "dangling").symlink_to(tmp_path / "none")
    append_text(state / "deep" / "kept", "1\n")
    (state / "deep" / "kept").chmod(0o644)
    (state / "deep").chmod(0o755)
    prepare_state_folder(state)
    assert mode(state / "deep") == 0o755, "nobody else gets into a closed folder: it is not walked"
    state.chmod(0o755)
    prepare_state_folder(state)
    assert (mode(state), mode(state / "deep"), mode(state / "deep" / "kept")) == (
        0o700,
        0o700,
        0o600,
    )
    assert (mode(victim), mode(state.parent)) == (0o644, 0o755)


def test_a_folder_of_more_than_a_services_state_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "people" / "me"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    before = mode(home)
    for folder in (home, home.parent):
        with pytest.raises(UserError, match="is not for the service alone; name a folder in it"):
            prepare_state_folder(folder)
    assert mode(home) == before
    prepare_state_folder(home / "state")


def test_values_of_secrets_are_not_shown() -> None:
    secret = ("DB_PASSWORD", "apiToken", "aws-secret-access-key", "client_secret", "Credentials")
    plain = ("max_depth", "monkey", "tokenizer", "keyboard", "passes", "eta")
    values = dict.fromkeys((*secret, *plain), "v")
    assert {name for name, value in mask_values(values).items() if value == "********"} == set(
        secret
    )
    words = ["run", "--api-token", "v", "--depth", "3", "PASSWORD=v", "--key=v", "--token", "--x"]
    assert mask_words(words) == [
        *("run", "--api-token", "********", "--depth", "3"),
        *("PASSWORD=********", "--key=********", "--token", "--x"),
    ]
