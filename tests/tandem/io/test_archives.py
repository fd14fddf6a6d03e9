"""Archives from others: each hostile one is refused with a sentence, and leaves nothing."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.errors import UserError
from tandem.io import archives
from tests.archives import (
    HOSTILE,
    Hostile,
    make_entry,
    make_folder,
    make_sparse,
    write_old_sparse,
    write_tar,
    write_tar_gz,
)

MODEL = bytes(range(256)) * 400


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def everything(root: Path) -> dict[str, bytes | None]:
    """Give every path below a folder with the content of those that are files."""
    found = sorted(root.rglob("*"))
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes() for path in found
    }


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_archive_is_refused_and_leaves_nothing(hostile: Hostile, tmp_path: Path) -> None:
    archive = write(tmp_path / "bad.tar.gz", hostile.content)
    with pytest.raises(UserError) as caught:
        archives.unpack(archive, tmp_path / "in" / "code", hostile.limit)
    assert str(caught.value).startswith(f"{archive}: ")
    assert hostile.says in str(caught.value)
    assert "Errno" not in str(caught.value)
    assert everything(tmp_path) == {"bad.tar.gz": hostile.content, "in": None, "in/code": None}


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ((make_folder("."), make_entry("./a", b"1")), {"a": b"1"}),
        ((make_folder("a"), make_folder("./a"), make_entry("a/b", b"1")), {"a": None, "a/b": b"1"}),
        ((make_entry("a/./b//c", b"1"),), {"a": None, "a/b": None, "a/b/c": b"1"}),
        ((make_entry("n" * 255, b"1"),), {"n" * 255: b"1"}),
        ((make_sparse(3000),), {"hole.bin": bytes(3000)}),
        ((make_entry("/etc/hosts", b"1"),), {"etc": None, "etc/hosts": b"1"}),
        ((), {}),
    ],
    ids=["dot", "folder-twice", "dots-within", "long", "sparse", "absolute", "no-members"],
)
def test_what_is_unusual_and_sound_is_unpacked(
    entries: tuple[tuple[tarfile.TarInfo, bytes], ...],
    found: dict[str, bytes | None],
    tmp_path: Path,
) -> None:
    archives.unpack(write(tmp_path / "a.tar.gz", write_tar_gz(*entries)), tmp_path / "code")
    assert everything(tmp_path / "code") == found


def test_a_sparse_file_of_the_old_form_is_unpacked_whole(tmp_path: Path) -> None:
    archives.unpack(write(tmp_path / "a", write_old_sparse(5000, [(5000, 0)])), tmp_path / "code")
    assert everything(tmp_path / "code") == {"hole.bin": bytes(5000)}


def test_an_archive_larger_than_a_hundredth_may_be_what_a_setting_allows(tmp_path: Path) -> None:
    archive = write(tmp_path / "a.tar.gz", write_tar_gz(make_entry("a", bytes(270 << 20))))
    with pytest.raises(UserError, match=r"unpacks to more than 256 MB\. Set TANDEM_MAX_UNPACKED"):
        archives.unpack(archive, tmp_path / "code")
    archives.unpack(archive, tmp_path / "code", 300 << 20)
    assert (tmp_path / "code" / "a").stat().st_size == 270 << 20


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "code" / f"{archives.PARTIAL}x" / "half"
    left.mkdir(parents=True)
    archives.unpack(
        write(tmp_path / "a.tar.gz", write_tar_gz(make_entry("a", b"1"))), tmp_path / "code"
    )
    assert everything(tmp_path / "code") == {"a": b"1"}


@pytest.mark.parametrize("start", ["", "./"])
def test_one_file_is_read_out_of_an_archive(start: str, tmp_path: Path) -> None:
    entries = (
        make_entry("sub/model", b"other"),
        make_entry(f"{start}model", MODEL),
        make_entry("b", b"2"),
    )
    archive = write(tmp_path / "model.tar.gz", write_tar_gz(*entries))
    assert archives.read_member(archive, "model") == MODEL
    assert archives.read_member(archive, "absent") is None
    assert archives.read_member(write(tmp_path / "plain", write_tar(entries)), "model") == MODEL


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (write_tar_gz(make_entry("model", MODEL))[:-9], "cannot be unpacked"),
        (
            write_tar_gz(make_entry("model", MODEL), make_entry("./model", b"2")),
            "'model' is in it twice",
        ),
        (write_tar_gz(make_entry("model", bytes(2 << 20))), "unpacks to more than 1 MB"),
        (write_tar_gz(make_sparse(1 << 40)), "unpacks to more than 1 MB"),
        (
            write_tar_gz(make_entry("other", bytes(2 << 20)), make_entry("model", b"1")),
            "unpacks to more than 1",
        ),
    ],
    ids=["cut", "twice", "bomb", "hole", "bomb-before"],
)
def test_one_file_is_not_read_out_of_a_hostile_archive(
    content: bytes, says: str, tmp_path: Path
) -> None:
    archive = write(tmp_path / "model.tar.gz", content)
    with pytest.raises(UserError, match=says) as caught:
        archives.read_member(archive, "model", 1 << 20)
    assert str(archive) in str(caught.value)


NAMES = st.lists(st.sampled_from(["a", "b", ".", "..", "", "n" * 300, "é"]), max_size=4)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.REGTYPE])
MEMBERS = st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=600)), max_size=5)


@settings(max_examples=150)
@given(members=MEMBERS, change=st.none() | st.tuples(st.floats(0, 1), st.integers(1, 255)))
def test_whatever_is_in_an_archive_all_of_it_or_nothing_is_unpacked(
    members: list[tuple[list[str], bytes, bytes]], change: tuple[float, int] | None
) -> None:
    made = [
        make_entry("/".join(name), b"" if kind != tarfile.REGTYPE else content, kind)
        for name, kind, content in members
    ]
    content = bytearray(write_tar(made))
    if change is not None:
        place, flip = change
        content[int(place * (len(content) - 1))] ^= flip
    with tempfile.TemporaryDirectory() as place_of_all:
        root = Path(place_of_all)
        archive, target = write(root / "a.tar", bytes(content)), root / "in" / "code"
        target.mkdir(parents=True)
        try:
            archives.unpack(archive, target, 1 << 20)
        except UserError:
            assert everything(target) == {}
        else:
            files = [path for path in target.rglob("*") if path.is_file()]
            assert len(files) == sum(info.isfile() for info, _ in made) or change is not None
        assert {path.name for path in root.iterdir()} == {"a.tar", "in"}
        assert [path.name for path in target.parent.iterdir()] == ["code"]
