"""Records in the store: what is kept, found, listed, and what a full disk changes."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_test.errors import UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ResourceType
from local_test.service.resources.pagination import paginate
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import RECORD_KIND, Record, Records
from local_test.service.storage.state import migrations
from local_test.service.storage.state.database import Database
from local_test.service.storage.state.saver import Saver
from tests.disks import mount_small_disk

REGION = "eu-central-1"
JOB = ResourceType("TrainingJob", "training-job", "TrainingJobSummaries", "training job")
PIPELINE = ResourceType("Pipeline", "pipeline", "PipelineSummaries", "pipeline")


def make_record(name: str, created: float = 1.0, **more: Any) -> Record:
    times = {"CreationTime": created, "LastModifiedTime": created}
    arn = JOB.make_arn(REGION, name)
    return {"TrainingJobName": name, "TrainingJobArn": arn, "TrainingJobStatus": "InProgress"} | (
        times | more
    )


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(tmp_path, Saver(tmp_path))
    yield opened
    opened.close_store()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    opened = reopen(tmp_path_factory.mktemp("shared"))
    yield opened
    opened.close_store()


def reopen(folder: Path) -> Records:
    return Records(folder, Saver(folder))


def query_store(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / migrations.STORE_FILE)
    found = connection.execute(statement).fetchall()
    connection.close()
    return found


def test_a_record_keeps_every_value_and_is_a_copy(records: Records, tmp_path: Path) -> None:
    odd: dict[str, Any] = {
        "a": [1, 2.5, None, True],
        "\ud800": "ä\0",
        "nan": float("inf"),
        "Nested": {"x": {}},
    }
    records.add(JOB, REGION, "a", make_record("a", **odd))
    changed = records.update(JOB, REGION, "a", b=2)
    changed["Nested"]["x"]["y"] = 1
    expected = make_record("a", **odd) | {"b": 2}
    assert records.get(JOB, REGION, "a") == expected
    records.close_store()
    again = reopen(tmp_path)
    assert again.get(JOB, REGION, "a") == expected
    again.close_store()


def test_names_are_of_one_type_and_region(records: Records) -> None:
    records.add(JOB, REGION, "a", make_record("a"))
    with pytest.raises(ApiError, match="already"):
        records.add(JOB, REGION, "a", make_record("a"))
    records.add(JOB, "us-east-1", "a", {})
    records.add(PIPELINE, REGION, "a", {})
    for resource, region, name in ((JOB, REGION, "b"), (PIPELINE, "us-east-1", "a")):
        with pytest.raises(ApiError):
            records.get(resource, region, name)
    records.remove(JOB, REGION, "a")
    with pytest.raises(ApiError):
        records.update(JOB, REGION, "a", b=1)
    assert [region for region, _ in records.list_all(JOB)] == ["us-east-1"]


def test_tags_and_relations_follow_the_record(records: Records, tmp_path: Path) -> None:
    parent = f"arn:aws:sagemaker:{REGION}:123456789012:hyper-parameter-tuning-job/t"
    tags = [{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": ""}]
    more: dict[str, Any] = {"TuningJobArn": parent, "RoleArn": "arn:aws:iam::123456789012:role/r"}
    records.add(JOB, REGION, "a", make_record("a", Tags=tags, **more))
    records.add(JOB, REGION, "b", make_record("b", Tags=tags))
    records.add(JOB, REGION, "c", make_record("c"))
    records.update(JOB, REGION, "b", Tags=tags[:1])
    assert records.find_arn(REGION, JOB.make_arn(REGION, "a")) == ("TrainingJob", "a")
    assert records.find_arn("us-east-1", JOB.make_arn(REGION, "a")) is None
    related = RecordQuery(related=("TuningJobArn", parent))
    found, _ = records.find_page(JOB, REGION, related)
    assert [record["TrainingJobName"] for record in found] == ["a"]
    records.close_store()
    keys = "SELECT name, key, value FROM tags JOIN records ON record = id ORDER BY name, key"
    assert query_store(tmp_path, keys) == [
        ("a", "stage", ""),
        ("a", "team", "a"),
        ("b", "team", "a"),
    ]
    relations = "SELECT source, type, destination FROM relations"
    assert query_store(tmp_path, relations) == [(JOB.make_arn(REGION, "a"), "TuningJobArn", parent)]
    again = reopen(tmp_path)
    again.remove(JOB, REGION, "a")
    again.close_store()
    assert query_store(tmp_path, keys) == [("b", "team", "a")]
    assert query_store(tmp_path, relations) == []


def test_tags_may_be_a_mapping_and_other_values_are_none(records: Records, tmp_path: Path) -> None:
    for name, tags in (("a", {"team": "a"}), ("b", "text"), ("c", [{"Name": "x"}]), ("d", None)):
        records.add(JOB, REGION, name, make_record(name, Tags=tags))
    records.close_store()
    keys = "SELECT name, key, value FROM tags JOIN records ON record = id"
    assert query_store(tmp_path, keys) == [("a", "team", "a")]


def test_what_was_added_survives_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from tests.local_test.service.storage.test_records import *\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "records = Records(folder, Saver(folder))\n"
        "for number in range(100):\n"
        "    records.add(JOB, REGION, f'n{number}', make_record(f'n{number}'))\n"
        "    records.update(JOB, REGION, f'n{number}', Changed=number)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert ended.returncode == -9
    again = reopen(tmp_path)
    assert [record["Changed"] for _, record in again.list_all(JOB)] == sorted(range(100), key=str)
    again.close_store()


def test_files_of_the_store_are_their_owners_alone(records: Records, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        records.add(JOB, REGION, "a", make_record("a"))
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("store.sqlite", "store.sqlite-wal"), 0o600)


def write_json_records(folder: Path) -> None:
    """Write records as version 0.1.0 did: a file each."""
    for name in ("a", "b"):
        path = folder / "sagemaker" / REGION / "TrainingJob" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make_record(name, Tags=[{"Key": "k", "Value": name}]), indent=1))
    (folder / "sagemaker" / REGION / "TrainingJob" / "c.json.new").write_text("{")


def test_json_files_of_an_older_version_move_into_the_store(tmp_path: Path) -> None:
    write_json_records(tmp_path)
    first = reopen(tmp_path)
    assert [record["TrainingJobName"] for _, record in first.list_all(JOB)] == ["a", "b"]
    assert first.find_arn(REGION, JOB.make_arn(REGION, "b")) == ("TrainingJob", "b")
    first.update(JOB, REGION, "a", Changed=1)
    first.close_store()
    assert not (tmp_path / "sagemaker").exists()
    write_json_records(tmp_path)  # as a move that was cut off leaves them
    second = reopen(tmp_path)
    assert second.get(JOB, REGION, "a")["Changed"] == 1
    second.close_store()
    assert not (tmp_path / "sagemaker").exists()


def test_a_damaged_json_file_moves_nothing(tmp_path: Path) -> None:
    write_json_records(tmp_path)
    bad = tmp_path / "sagemaker" / REGION / "TrainingJob" / "b.json"
    bad.write_text("{")
    with pytest.raises(UserError, match=r"b\.json cannot be read.*remove the file"):
        reopen(tmp_path)
    assert len(list(bad.parent.iterdir())) == 3
    bad.unlink()
    again = reopen(tmp_path)
    assert len(again.list_all(JOB)) == 1
    again.close_store()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    first = reopen(tmp_path)
    first.add(JOB, REGION, "a", make_record("a"))
    first.close_store()
    query_store(tmp_path, "PRAGMA user_version = 7")
    write_json_records(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "local_test", "up", "--engine", "process", "--port", "0"]
    ended = subprocess.run(
        [*command, "--state", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        f"error: {tmp_path} was written by a newer version of local-sagemaker: its store has"
        " version 7, this one reads versions up to 1; use the newer one, or choose another"
        " --state\n"
    )
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before


def test_an_older_store_is_migrated_and_a_failed_migration_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = reopen(tmp_path)
    first.add(JOB, REGION, "a", make_record("a"))
    first.close_store()
    column = "ALTER TABLE records ADD COLUMN colour TEXT DEFAULT 'red'"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, (column, "nonsense")))
    with pytest.raises(UserError, match=r"store\.sqlite cannot be opened: near .nonsense."):
        reopen(tmp_path)
    [columns] = query_store(tmp_path, "SELECT * FROM records")
    assert "red" not in columns
    monkeypatch.setattr(migrations, "MIGRATIONS", (migrations.MIGRATIONS[0], (column,)))
    second = reopen(tmp_path)
    assert second.get(JOB, REGION, "a")["TrainingJobName"] == "a"
    second.close_store()
    assert query_store(tmp_path, "SELECT colour FROM records") == [("red",)]
    assert query_store(tmp_path, "PRAGMA user_version") == [(2,)]


def run_together(database: Database, *statements: str) -> None:
    with database.transaction():
        for statement in statements:
            database.execute(statement)


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "any.sqlite")
    database.execute("CREATE TABLE numbers (number)")
    with pytest.raises(OSError, match="nonsense"):
        run_together(database, "INSERT INTO numbers VALUES (1)", "nonsense")
    run_together(database, "INSERT INTO numbers VALUES (2)")
    assert database.execute("SELECT number FROM numbers") == [(2,)]
    database.close()


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(UserError, match=r"store\.sqlite cannot be opened: file is not a database"):
        reopen(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes() == b"no database" * 100


def test_a_full_disk_keeps_changes_in_memory_where_they_are_found(tmp_path: Path) -> None:
    with mount_small_disk(tmp_path / "disk", 512) as disk:
        saver = Saver(disk)
        records = Records(disk, saver)
        for name, created in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
            records.add(JOB, REGION, name, make_record(name, created))
        with pytest.raises(OSError, match="No space"):
            (disk / "filler").write_bytes(bytes(1 << 20))
        large = "x" * 20_000
        records.update(JOB, REGION, "b", TrainingJobStatus="Completed", Large=large)
        records.update(JOB, REGION, "b", LastModifiedTime=9.0)
        records.update(JOB, REGION, "c", Large=large)
        records.remove(JOB, REGION, "c")
        with pytest.raises(OSError, match="No space left on device"):
            records.add(JOB, REGION, "d", make_record("d", Large=large))
        with pytest.raises(OSError, match="No space left on device"):
            saver.require(RECORD_KIND)
        assert "record TrainingJob eu-central-1 b" in saver.unsaved
        with pytest.raises(ApiError):
            records.get(JOB, REGION, "d")
        check_found(records)
        (disk / "filler").unlink()
        saver.require(RECORD_KIND)
        assert saver.unsaved == {}
        check_found(records)
        records.close_store()
        again = Records(disk, saver)
        check_found(again)
        again.close_store()


def check_found(records: Records) -> None:
    """Check that reads see the changes that the test of the full disk makes."""
    assert [record["TrainingJobName"] for _, record in records.list_all(JOB)] == ["a", "b"]
    assert len(records.list_all(JOB, statuses=["Completed"])) == 1
    page, _ = records.find_page(JOB, REGION, RecordQuery(status="Completed", modified=(8.0, None)))
    assert [record["LastModifiedTime"] for record in page] == [9.0]
    assert records.find_arn(REGION, JOB.make_arn(REGION, "c")) is None


REGIONS = itertools.count()
TEXTS = st.sampled_from(["a", "b-1", "B-2", "ab", "c"])
TIMES = st.sampled_from([0.0, 1.0, 2.5, 2.501])
STATUSES = st.sampled_from(["InProgress", "Completed"])
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "NameContains": TEXTS,
        "StatusEquals": STATUSES,
        "CreationTimeAfter": TIMES,
        "CreatedBefore": TIMES,
        "LastModifiedTimeAfter": TIMES,
        "LastModifiedTimeBefore": TIMES,
        "SortBy": st.sampled_from(["Name", "Status", "CreationTime", "LastModifiedTime"]),
        "SortOrder": st.sampled_from(["Ascending", "Descending"]),
        "MaxResults": st.integers(1, 4),
    },
)


@settings(deadline=None)
@given(
    stored=st.dictionaries(TEXTS, st.tuples(TIMES, TIMES, STATUSES), max_size=5), request_=REQUESTS
)
def test_pages_are_those_of_a_list_in_memory(
    shared: Records,
    stored: dict[str, tuple[float, float, str]],
    request_: dict[str, Any],
) -> None:
    region = f"region-{next(REGIONS)}"
    for name, (created, modified, status) in stored.items():
        values = {"LastModifiedTime": modified, "TrainingJobStatus": status}
        shared.add(JOB, region, name, make_record(name, created, **values))
    found = list[str]()
    more = dict[str, Any]()
    while True:
        page, token = paginate(shared, JOB, region, request_ | more)
        found += [record["TrainingJobName"] for record in page]
        assert len(page) <= request_.get("MaxResults", 10)
        if token is None:
            break
        more = {"NextToken": token}
    assert found == list_expected(stored, request_)


def list_expected(
    stored: dict[str, tuple[float, float, str]], request: dict[str, Any]
) -> list[str]:
    def fits(name: str, created: float, modified: float, status: str) -> bool:
        return (
            request.get("NameContains", "").lower() in name.lower()
            and request.get("StatusEquals", status) == status
            and request.get("CreationTimeAfter", -1) < created < request.get("CreatedBefore", 99)
            and request.get("LastModifiedTimeAfter", -1)
            < modified
            < request.get("LastModifiedTimeBefore", 99)
        )

    place = {"CreationTime": 0, "LastModifiedTime": 1, "Status": 2}.get(request.get("SortBy", ""))
    names = [name for name, values in stored.items() if fits(name, *values)]
    if request.get("SortBy") == "Name":
        names.sort()
    else:
        names.sort(key=lambda name: (stored[name][place or 0], name))
    return names[::-1] if request.get("SortOrder", "Descending") == "Descending" else names


def test_pages_stay_where_they_are_when_records_come_and_go(records: Records) -> None:
    for number in range(6):
        records.add(JOB, REGION, f"n{number}", make_record(f"n{number}", float(number)))
    first, token = paginate(records, JOB, REGION, {"MaxResults": 2})
    assert [record["TrainingJobName"] for record in first] == ["n5", "n4"]
    records.add(JOB, REGION, "new", make_record("new", 9.0))
    records.remove(JOB, REGION, "n5")
    records.remove(JOB, REGION, "n3")
    second, token = paginate(records, JOB, REGION, {"MaxResults": 2, "NextToken": token})
    assert [record["TrainingJobName"] for record in second] == ["n2", "n1"]
    last, token = paginate(records, JOB, REGION, {"MaxResults": 2, "NextToken": token})
    assert ([record["TrainingJobName"] for record in last], token) == (["n0"], None)


def test_an_iteration_has_each_record_once_in_the_order_of_names(records: Records) -> None:
    names = sorted(f"n{number}" for number in range(250))
    for name in reversed(names):
        records.add(JOB, REGION, name, make_record(name))
    records.add(JOB, "us-east-1", "other", make_record("other"))
    found = [record["TrainingJobName"] for record in records.iterate(JOB, REGION)]
    assert found == names


@pytest.mark.parametrize("token", ["", "x", "MTA=", "WzEsMl0=", "W251bGwsICJhIl0=", "ä"])
def test_a_token_of_nobody_is_refused(records: Records, token: str) -> None:
    with pytest.raises(ApiError, match="NextToken is none that this service gave"):
        paginate(records, JOB, REGION, {"NextToken": token})
