"""The pure half: limits, archives, records, status, diagnosis."""

import io
import tarfile
from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.platform.archives import pack, unpack
from local_test.platform.batch import BatchSettings, plan, read_execution_parameters
from local_test.platform.channels import Channel, parse_channel
from local_test.platform.diagnosis import Ending, diagnose
from local_test.platform.metrics import parse_definition
from local_test.platform.records import Batch, assemble, batches, miscount
from local_test.platform.status import Status, StopCause, judge

# --- channels ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("train=a.csv", Channel("train", Path("a.csv"))),
        ("train=a=b.csv", Channel("train", Path("a=b.csv"))),
        (
            "train=a.csv;content-type=text/csv; label_size=1",
            Channel("train", Path("a.csv"), "text/csv; label_size=1"),
        ),
    ],
)
def test_a_channel_is_a_name_a_path_and_perhaps_a_content_type(text: str, channel: Channel) -> None:
    assert parse_channel(text) == channel


@pytest.mark.parametrize("text", ["train", "=a", "train=", "train=a;content-type="])
def test_a_malformed_channel_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not NAME=PATH"):
        parse_channel(text)


# --- archives ------------------------------------------------------------------------------------


def write_archive(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = 3 if kind == tarfile.REGTYPE else 0
    info.linkname = "elsewhere"
    return info


def test_what_is_packed_unpacks_the_same(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "empty").mkdir(parents=True)
    (source / "deep").mkdir()
    (source / "deep" / "b.bin").write_bytes(bytes(range(256)) * 5000)
    pack(source, tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path / "target")
    assert (tmp_path / "target/empty").is_dir()
    assert (tmp_path / "target/deep/b.bin").read_bytes() == bytes(range(256)) * 5000


def test_an_archive_depends_on_its_content_alone(tmp_path: Path) -> None:
    for name, stamp in (("one", 1_000_000_000), ("two", 1_500_000_000)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.txt").write_text("a")
        import os

        os.utime(folder / "a.txt", (stamp, stamp))
        pack(folder, tmp_path / f"{name}.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.gz") as tar:
        info = tar.getmember("a.txt")
    assert (info.uname, info.gname, info.uid, info.mtime) == ("", "", 0, 0)


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.txt", "a/../../up.txt"])
def test_a_member_that_points_outside_is_refused(name: str, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "model.tar.gz", member(name))
    with pytest.raises(UserError, match="points outside of the archive") as caught:
        unpack(archive, tmp_path / "target")
    assert repr(name) in str(caught.value)
    assert not (tmp_path / "up.txt").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_or_device_in_an_archive_is_refused(kind: bytes, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "model.tar.gz", member("a"), member("b", kind))
    with pytest.raises(UserError, match="member 'b' is a link or a device"):
        unpack(archive, tmp_path / "target")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_a_damaged_archive_is_named(damage: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "weights.bin").write_bytes(bytes(range(256)) * 40)
    archive = tmp_path / "model.tar.gz"
    pack(source, archive)
    whole = archive.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    archive.write_bytes(
        {"cut": whole[:-20], "flipped": flipped, "text": b"not an archive", "empty": b""}[damage]
    )
    with pytest.raises(UserError, match=r"model\.tar\.gz is not a whole \.tar\.gz archive"):
        unpack(archive, tmp_path / "target")


# --- status --------------------------------------------------------------------------------------


def test_an_exit_code_of_zero_is_completed_whatever_the_failure_file_says() -> None:
    assert judge(0, "something").status is Status.COMPLETED


def test_a_stop_that_was_asked_for_counts_before_the_exit_code() -> None:
    outcome = judge(137, "", StopCause.MAX_RUNTIME)
    assert (outcome.status, outcome.secondary) == (Status.STOPPED, "MaxRuntimeExceeded")
    assert outcome.failure_reason == ""


# --- diagnosis -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "sign"),
    [
        (Ending("c", "train", 127), "ENTRYPOINT"),
        (Ending("c", "serve", 1, ["exec format error"]), "architecture"),
        (Ending("c", "train", 137), "memory ran out"),
        (Ending("c", "train", 139), "native code"),
        (Ending("c", "serve", 1, ["OSError: [Errno 98] Address already in use"]), "is taken"),
        (Ending("c", "train", 1, ["OSError: [Errno 30] Read-only file system"]), "may only read"),
        (Ending("c", "serve", 1, ["ModuleNotFoundError: No module named 'six'"]), "module six"),
        (Ending("c", "serve", None, waited=3), r"not answered with 200 in 3 s"),
        (Ending("c", "serve", 0), "stay in the foreground"),
        (Ending("c", "serve", 1, ["no model", ""]), "its last words: no model"),
        (Ending("c", "train", 1), "left no /opt/ml/output/failure"),
        (Ending("c", "train", 137, (), "Own words.\nmore"), "c: Own words."),
    ],
)
def test_each_ending_has_its_sentence(ending: Ending, sign: str) -> None:
    assert sign in diagnose(ending)


# --- metrics -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["loss", "loss=", "=x", "loss=(", "loss=no group"])
def test_a_malformed_metric_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="metric"):
        parse_definition(text)


# --- records -------------------------------------------------------------------------------------


def cut(text: bytes, limit: int, *, single: bool = False) -> list[Batch]:
    return list(batches(io.BytesIO(text), limit, single=single))


def test_lines_are_packed_up_to_the_limit_and_keep_their_bytes() -> None:
    assert cut(b"1,2\n3,4\r\n5,6", 9) == [
        Batch(b"1,2\n3,4\r\n", 1, 2),
        Batch(b"5,6", 3, 1),
    ]


def test_single_records_go_one_by_one() -> None:
    assert [batch.lines for batch in cut(b"a\nb\nc\n", 100, single=True)] == [
        "line 1",
        "line 2",
        "line 3",
    ]


def test_blank_lines_at_the_end_are_no_records() -> None:
    assert cut(b"a\n\nb\n\n  \n", 100) == [Batch(b"a\n\nb\n", 1, 3)]
    assert cut(b"\n\n", 100) == []


def test_a_line_over_the_limit_is_named() -> None:
    with pytest.raises(UserError, match="line 2 has 6 bytes; one request takes 4"):
        cut(b"1\n12345\n", 4)


@pytest.mark.parametrize("answer", [b"a", b"a\n", b"a\n\n"])
def test_an_answer_ends_with_one_newline(answer: bytes) -> None:
    assert assemble(answer) == b"a\n"


@pytest.mark.parametrize(
    ("answer", "content_type", "doubt"),
    [
        (b"x\ny", "text/csv; charset=utf-8", ""),
        (b'{"predictions": [1, 2]}', "application/json", ""),
        (b"x\n", "Text/CSV", "1 lines came back for the 2 records of lines 5 to 6"),
        (b"", None, "0 lines came back for the 2 records of lines 5 to 6"),
    ],
)
def test_an_answer_with_another_number_of_lines_is_doubted(
    answer: bytes, content_type: str | None, doubt: str
) -> None:
    assert miscount(answer, content_type, Batch(b"1\n2\n", 5, 2)) == doubt


# --- batch settings ------------------------------------------------------------------------------


def test_the_request_counts_before_the_container_before_the_defaults() -> None:
    answer = read_execution_parameters(
        b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 3}'
    )
    settled = plan(BatchSettings(max_payload_mb=5), answer)
    assert (settled.strategy, settled.max_payload_mb, settled.max_concurrent) == (
        "SingleRecord",
        5,
        8,
    )
    assert plan(BatchSettings(), BatchSettings()).limit == 6 * 1024 * 1024


def test_no_more_than_100_mb_are_under_way() -> None:
    with pytest.raises(UserError, match="100 MB at most"):
        BatchSettings(max_payload_mb=20, max_concurrent=6).check()
    assert plan(BatchSettings(max_payload_mb=20), BatchSettings(None, None, 8)).max_concurrent == 5


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"BatchStrategy": "MultiRecord"}', b'{"MaxPayloadInMB": "6"}']
)
def test_broken_execution_parameters_are_refused(body: bytes) -> None:
    with pytest.raises(UserError, match="/execution-parameters"):
        read_execution_parameters(body)


def test_a_batch_container_is_told_only_what_the_request_said() -> None:
    assert BatchSettings().environment() == {"SAGEMAKER_BATCH": "true"}
    assert BatchSettings("SingleRecord", 3, 2).environment() == {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "3",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
    }
