"""What the service has answered is on disk: killed, on a full disk, with hostile names."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
import urllib3
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
)
from hypothesis import given
from hypothesis import strategies as st

from local_test.endpoints import reserve_port
from local_test.errors import UserError
from local_test.release import read_version
from local_test.service.storage.s3 import S3Uri, locate_file
from local_test.service.storage.state.files import encode_file_name
from local_test.service.storage.state.stored_key import hash_key
from tests.clients.account import REGION, Account, run_service
from tests.local_test.service.resources.test_endpoints import STANDIN
from tests.local_test.service.resources.test_training import wait_for
from tests.local_test.service.storage.test_state import begin, service

SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request,"
    " SignedHeaders=host, Signature=0"
}
UP = (sys.executable, "-m", "local_test", "up", "--engine", "process")
PARTS = ["..", ".", "", "a", "\0", "x" * 256, "é" * 128, "\ud800", "C:", "a\\b", "bucket.json", "~"]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def health(url: str) -> dict[str, Any]:
    found: dict[str, Any] = urllib3.request("GET", f"{url}/_health").json()
    return found


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    with run_service("process", tmp_path, end=signal.SIGKILL) as first:
        first.bucket("kept", a="0")
        for number in range(20):
            first.put(f"s3://kept/n/{number}", str(number).encode())
        first.s3.delete_object(Bucket="kept", Key="a")
        first.s3.copy_object(Bucket="kept", Key="copy", CopySource="kept/n/7")
        first.s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "n/3"}]})
    with run_service("process", tmp_path) as second:
        keys = [f"n/{n}" for n in range(20) if n != 3]
        assert sorted(second.keys("s3://kept/")) == sorted(["copy", *keys])
        assert second.get("s3://kept/copy") == b"7"


def write(account: Account, number: str, answered: set[str]) -> None:
    """Write until the service is gone; what it answered is noted."""
    s3, ecr = once(account, "s3"), once(account, "ecr")
    try:
        for count in itertools.count():
            name = f"{number}-{count}"
            s3.put_object(Bucket="kept", Key=name, Body=name.encode())
            answered.add(name)
            ecr.create_repository(repositoryName=f"g-{name}")
            answered.add(f"g-{name}")
    except (ClientError, BotoCoreError):
        return
    finally:
        s3.close()
        ecr.close()


def any_of(answered: set[str], number: str) -> bool:
    return any(name.startswith(number) for name in set(answered))


def test_a_kill_at_any_moment_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    answered = set[str]()
    for number in range(5):
        with run_service("process", tmp_path, end=signal.SIGKILL) as account:
            account.bucket("kept")
            writers = [
                threading.Thread(target=write, args=(account, f"{number}{letter}", answered))
                for letter in "ab"
            ]
            for writer in writers:
                writer.start()
            wait_for(partial(any_of, answered, f"{number}"))
            time.sleep(secrets.randbelow(500) / 1000)
        for writer in writers:
            writer.join()
    with run_service("process", tmp_path) as last:
        assert health(last.url)["not_restored"] == 0
        pages = last.client("ecr").get_paginator("describe_repositories").paginate()
        repositories = {item["repositoryName"] for page in pages for item in page["repositories"]}
        found = {item for item in last.keys("s3://kept/") if last.get(f"s3://kept/{item}")}
        assert answered - found - repositories == set()


def test_a_bucket_called_dot_dot_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("mine")
    state = tmp_path / "state"
    with run_service("process", state) as account:
        account.client("ecr").create_repository(repositoryName="tandem")
        before = files(tmp_path)
        for method in ("PUT", "POST", "DELETE"):
            for path in ("/../x", "/..", "/%2e%2e/x", "/./x", "/..%2f..%2fbeside/x"):
                link = http.client.HTTPConnection("127.0.0.1", int(account.url.rpartition(":")[2]))
                link.request(method, path, b"hostile", SIGNED)
                assert link.getresponse().status >= 400
                link.close()
        time.sleep(1.5)
        after = files(tmp_path)
        assert {name: after.get(name) for name in before} == before


def test_the_state_is_readable_by_its_owner_alone_and_holds_no_signature(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    (state / "old.json").write_text("{}")
    with run_service("process", state) as account:
        account.bucket("kept", a="1")
        account.client("ecr").create_repository(repositoryName="tandem")
        account.client("sqs").create_queue(QueueName="tandem")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in state.rglob("*") if path.is_file()}
        folders = {stat.S_IMODE(p.stat().st_mode) for p in (state, *state.rglob("*")) if p.is_dir()}
        journal = (state / "journal.jsonl").read_text()
    assert (modes, folders) == ({0o600}, {0o700})
    services = [json.loads(line)["service"] for line in journal.splitlines()]
    assert "Credential" not in journal
    assert "Signature" not in journal
    assert services == ["ecr", "sqs"]


def test_metrics_survive_a_restart(tmp_path: Path) -> None:
    """boto3 compresses a body of 10 KiB or more by gzip."""
    told = {"MetricName": "loss", "Value": 0.25, "Timestamp": datetime.now(UTC)}
    with run_service("process", tmp_path) as first:
        first.client("cloudwatch").put_metric_data(Namespace="mine", MetricData=[told] * 400)
    with run_service("process", tmp_path) as second:
        found = second.client("cloudwatch").list_metrics(Namespace="mine")["Metrics"]
        assert {metric["MetricName"] for metric in found} == {"loss"}
        assert health(second.url)["not_restored"] == 0


def test_a_journal_that_was_cut_off_is_read_and_an_old_one_loses_its_secrets(
    tmp_path: Path,
) -> None:
    with run_service("process", tmp_path) as first:
        first.client("ecr").create_repository(repositoryName="tandem")
    path = tmp_path / "journal.jsonl"
    *role, last = path.read_text().splitlines()
    entry = json.loads(last)
    region, service = entry.pop("region"), entry.pop("service")
    scope = f"AKIA/20260101/{region}/{service}/aws4_request"
    entry["headers"] |= {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Security-Token": "secret",
    }
    path.write_text("\n".join([*role, json.dumps(entry), '{"method": "PO']))
    with run_service("process", tmp_path) as second:
        repositories = second.client("ecr").describe_repositories()["repositories"]
        assert [item["repositoryName"] for item in repositories] == ["tandem"]
        text = path.read_text()
        assert ("AKIA" in text, "secret" in text) == (False, False)
        assert len(text.splitlines()) == len([*role, last])
    path.write_text(f"nonsense\n{text}")
    ended = up(tmp_path, 0)
    assert ended.wait(60) == 1
    assert "line 1 is no request" in (ended.stderr.read() if ended.stderr else "")
    end(ended)


def up(state: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*UP, "--port", str(port), "--state", str(state)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    return process.returncode


def write_fifo(path: Path, content: bytes) -> int:
    """Write to a FIFO; return how many bytes, 0 as long as nobody reads it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            return os.write(descriptor, content)
        finally:
            os.close(descriptor)
    return 0


def test_nothing_is_answered_before_all_is_there(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as first:
        first.bucket("kept", k="x")
    (described,) = tmp_path.rglob(f"{hash_key('k')}.json")
    content = described.read_bytes()
    described.unlink()
    os.mkfifo(described)  # who reads it waits for what is written
    with reserve_port(0) as reserved:
        port = reserved.getsockname()[1]
    process = up(tmp_path, port)
    url, seen = f"http://127.0.0.1:{port}", []
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and 200 not in seen:
            if content and 503 in seen and (written := write_fifo(described, content)):
                content = content[written:]
            try:
                answer = urllib3.request(
                    "GET", f"{url}/kept/k", headers=SIGNED, retries=False, timeout=5
                )
            except urllib3.exceptions.HTTPError:
                continue
            seen.append(answer.status)
            if answer.status == 503:
                assert b"starting, restoring" in answer.data
                assert health(url)["status"] in {"starting", "ready"}
        assert set(seen) <= {200, 503}
        assert seen[-1] == 200
        assert 503 in seen
        assert health(url) == {
            "status": "ready",
            "version": read_version(),
            "engine": "process",
            "state": str(tmp_path),
            "pid": process.pid,
            "restoring": None,
            "not_restored": 0,
            "unsaved": {},
        }
    finally:
        end(process)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave 60 kB of a small disk free, and give the file that takes the rest."""
    filler = disk / "filler"
    filler.write_bytes(os.urandom(shutil.disk_usage(disk).free - 60_000))
    return filler


def test_a_full_disk_is_an_error_and_what_it_held_up_is_saved_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with run_service("process", disk) as first:
            first.bucket("kept", small="1")
            filler = fill(disk)
            with pytest.raises(ClientError) as refused:
                first.put("s3://kept/large", b"x" * 400_000)
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
            message = refused.value.response["Error"]["Message"]
            assert (
                message == f"not saved below {disk}: No space left on device. Make room and retry."
            )
            assert list(health(first.url)["unsaved"]) == ["kept"]
            filler.unlink()
            until = time.monotonic() + 30
            while health(first.url)["unsaved"] and time.monotonic() < until:
                time.sleep(0.1)
            assert health(first.url)["unsaved"] == {}
        with run_service("process", disk) as second:
            assert second.get("s3://kept/large") == b"x" * 400_000


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=8), min_size=1, max_size=5))
def test_an_object_becomes_a_file_below_its_folder_or_is_refused(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            target = locate_file(folder, "/".join(parts), S3Uri("b", "k"))
        except UserError:
            return
        assert folder in target.parents
        assert ".." not in target.parts
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"")
        assert target.resolve().is_relative_to(folder.resolve())


@given(st.sampled_from(PARTS) | st.text() | st.just("../../x") | st.just("a/b"))
def test_a_name_is_one_files_name(name: str) -> None:
    made = encode_file_name(name)
    assert Path(made).name == made
    assert made not in {".", ".."}
    assert len(made.encode()) <= 255
    assert encode_file_name(made + "x") != made


def test_every_kind_of_object_comes_back_with_what_is_known_of_it(tmp_path: Path) -> None:
    headers = {"CacheControl": "no-store", "ContentLanguage": "de", "Tagging": "a=1&b=x%20y"}
    headers |= {"StorageClass": "STANDARD_IA", "ContentDisposition": "inline"}
    known = {name: value for name, value in headers.items() if name != "Tagging"}
    with run_service("process", tmp_path, end=signal.SIGKILL) as first:
        first.bucket("kept")
        first.s3.put_object(
            Bucket="kept", Key="a", Body=b"1", Metadata={"with_score": "x"}, **headers
        )
        first.s3.put_object_tagging(
            Bucket="kept", Key="a", Tagging={"TagSet": [{"Key": "late", "Value": "2"}]}
        )
        for key in ("a/b", "//a", "./x", "é +%2F", "n" * 300, "x\0y"):
            first.s3.put_object(Bucket="kept", Key=key, Body=key.encode())
    with run_service("process", tmp_path) as second:
        assert health(second.url)["not_restored"] == 0
        found = second.s3.get_object(Bucket="kept", Key="a")
        assert {name: found[name] for name in known} == known
        assert found["Metadata"] == {"with_score": "x"}
        tags = second.s3.get_object_tagging(Bucket="kept", Key="a")["TagSet"]
        assert tags == [{"Key": "late", "Value": "2"}]
        for key in ("a/b", "//a", "./x", "é +%2F", "n" * 300, "x\0y"):
            assert second.s3.get_object(Bucket="kept", Key=key)["Body"].read() == key.encode()


def test_what_s3_would_not_take_or_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as account:
        account.bucket("kept", a="1")
        for name in ("A-b", "a_b", "a..b"):
            link = http.client.HTTPConnection("127.0.0.1", int(account.url.rpartition(":")[2]))
            link.request("PUT", f"/{name}", headers=SIGNED)
            answer = link.getresponse()
            assert (answer.status, b"InvalidBucketName" in answer.read()) == (400, True)
            link.close()
        with pytest.raises(ClientError, match=r"storage class GLACIER: 'cold'\. Use STANDARD\."):
            account.s3.put_object(Bucket="kept", Key="cold", Body=b"1", StorageClass="GLACIER")
        account.s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "a"}]})
        assert account.keys("s3://kept/") == []


def test_a_request_reads_back_no_more_than_it_changed(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as account:
        account.bucket("kept", untouched="1", gone="2", parts="old")
        [folder] = (tmp_path / "s3").iterdir()
        before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        upload = account.s3.create_multipart_upload(Bucket="kept", Key="parts")["UploadId"]
        account.s3.upload_part(
            Bucket="kept", Key="parts", UploadId=upload, PartNumber=1, Body=b"new"
        )
        assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
        account.s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "gone"}]})
        after = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
        left = {path for path in before if path in after and path.name != "bucket.json"}
        assert len(before) - len(after) == 2
        assert all(after[path] == before[path] for path in left)


def test_an_object_that_cannot_be_restored_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as first:
        first.bucket("kept", good="1", bad="2")
    [bad] = [
        path
        for path in (tmp_path / "s3" / "kept").glob("*.json")
        if json.loads(path.read_text()).get("key") == "bad"
    ]
    [body] = [path for path in bad.parent.glob(f"{bad.stem}*") if path != bad]
    body.unlink()
    with run_service("process", tmp_path) as second:
        assert health(second.url)["not_restored"] == 1
        assert second.keys("s3://kept/") == ["good"]


def test_what_the_service_itself_told_moto_survives_and_what_moto_refused_is_not_kept(
    programs: Path, tmp_path: Path
) -> None:
    definitions = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    with service(programs, tmp_path, signal.SIGKILL) as first:
        first.bucket("kept", **{"in/a.csv": "1"})
        algorithm = {"MetricDefinitions": definitions}
        first.train("curve", STANDIN, "s3://kept/in", algorithm=algorithm)
        assert first.trained("curve")["TrainingJobStatus"] == "Completed"
        curves = first.client("cloudwatch").list_metrics()["Metrics"]
        assert "loss" in {metric["MetricName"] for metric in curves}
        first.client("ecr").create_repository(repositoryName="tandem")
        with pytest.raises(ClientError, match="already exists"):
            first.client("ecr").create_repository(repositoryName="tandem")
    with service(programs, tmp_path) as second:
        assert second.client("cloudwatch").list_metrics()["Metrics"] == curves
        assert health(second.url)["not_restored"] == 0


def test_half_a_line_at_the_end_of_a_log_is_left_out(tmp_path: Path) -> None:
    with run_service("process", tmp_path) as first:
        first.bucket("kept")
    folder = tmp_path / "logs" / REGION / "group"
    folder.mkdir(parents=True)
    events = [{"timestamp": int(time.time() * 1000), "message": text} for text in ("a", "b")]
    whole = "".join(f"{json.dumps(event)}\n" for event in events)
    (folder / "stream.jsonl").write_text(whole + '{"timestamp": 17')
    with run_service("process", tmp_path) as second:
        assert second.lines("group", "stream") == ["a", "b"]
    assert (folder / "stream.jsonl").read_text() == whole
    (folder / "stream.jsonl").write_text("half\n" + whole)
    ended = up(tmp_path, 0)
    assert ended.wait(60) == 1
    assert "line 1 is no event; remove the line" in (ended.stderr.read() if ended.stderr else "")
    end(ended)


# Larger than what the journal's last block may have free.
MANY_TAGS = [{"Key": f"key-{number}", "Value": "v" * 200} for number in range(50)]


def test_a_full_disk_stops_no_job_and_leaves_no_half_lines(programs: Path, tmp_path: Path) -> None:
    """The job ends while the disk is full; its end, its log and a late request are saved later."""
    with small_disk(tmp_path / "disk") as disk:
        with service(programs, disk) as first:
            first.bucket("kept", **{"in/a.csv": "1"})
            begin(first, "job")
            filler = disk / "filler"
            with pytest.raises(OSError, match="No space"):
                filler.write_bytes(bytes(2 << 20))
            with pytest.raises(ClientError, match="No space left on device"):
                once(first, "sagemaker").stop_training_job(TrainingJobName="job")
            with pytest.raises(ClientError, match="No space left on device"):
                once(first, "ecr").create_repository(repositoryName="late", tags=MANY_TAGS)
            wait_for(lambda: described(first, "job") in {"Stopped", "Failed"})
            assert health(first.url)["unsaved"] != {}
            filler.unlink()
            wait_for(lambda: health(first.url)["unsaved"] == {})
            first.client("ecr").create_repository(repositoryName="other")
            status = described(first, "job")
        with service(programs, disk) as second:
            assert health(second.url)["not_restored"] == 0
            assert described(second, "job") == status
            repositories = second.client("ecr").describe_repositories()["repositories"]
            assert [item["repositoryName"] for item in repositories] == ["late", "other"]


def once(account: Account, name: str) -> Any:
    """Give a client that does not try again what ended with a 500."""
    return boto3.client(
        name,
        region_name=REGION,
        endpoint_url=account.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )


def described(account: Account, job: str) -> str:
    found: str = account.sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
    return found


def test_what_cannot_be_saved_to_the_end_is_an_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        process = up(disk, 0)
        url = (process.stdout.readline() if process.stdout else "").split()[-1]
        account = Account(url, process)
        account.bucket("kept")
        fill(disk)
        with pytest.raises(ClientError, match="No space left on device"):
            account.put("s3://kept/large", b"x" * 400_000)
        account.s3.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert f"error: buckets ['kept'] are not saved whole below {disk}" in errors
