"""Model archives: what is packed, what is refused."""

import gzip
import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_test.errors import DiskFull, UserError
from local_test.platform.archives import pack, unpack
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
from tests.disks import mount_small_disk


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


def everything(root: Path) -> dict[str, bytes | None]:
    """Give every path below a folder with the content of those that are files."""
    found = sorted(root.rglob("*"))
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes() for path in found
    }


ABSOLUTE = Hostile(
    "absolute", write_tar_gz(make_entry("/a", b"x")), "points outside of the archive"
)


@pytest.mark.parametrize("hostile", [*HOSTILE, ABSOLUTE], ids=lambda hostile: hostile.name)
def test_a_hostile_archive_is_refused_and_leaves_nothing(hostile: Hostile, tmp_path: Path) -> None:
    archive = tmp_path / "bad.tar.gz"
    archive.write_bytes(hostile.content)
    (tmp_path / "model").mkdir()
    with pytest.raises(UserError) as caught:
        unpack(archive, tmp_path / "model", hostile.limit)
    assert str(caught.value).startswith(str(archive))
    assert hostile.says in str(caught.value)
    assert "Errno" not in str(caught.value)
    assert everything(tmp_path) == {"bad.tar.gz": hostile.content, "model": None}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (write_tar_gz(make_folder("."), make_entry("./a", b"1")), {"a": b"1"}),
        (
            write_tar_gz(make_folder("a"), make_folder("./a"), make_entry("a/b", b"1")),
            {"a": None, "a/b": b"1"},
        ),
        (write_tar_gz(make_entry("a/./b//c", b"1")), {"a": None, "a/b": None, "a/b/c": b"1"}),
        (write_tar_gz(make_entry("n" * 255, b"1")), {"n" * 255: b"1"}),
        (write_tar_gz(make_sparse(3000)), {"hole.bin": bytes(3000)}),
        (write_old_sparse(5000, [(5000, 0)]), {"hole.bin": bytes(5000)}),
        (write_tar_gz(), {}),
    ],
    ids=["dot", "folder-twice", "dots-within", "long", "sparse", "old-sparse", "no-members"],
)
def test_what_is_unusual_and_sound_is_unpacked(
    content: bytes, found: dict[str, bytes | None], tmp_path: Path
) -> None:
    (tmp_path / "a.tar.gz").write_bytes(content)
    unpack(tmp_path / "a.tar.gz", tmp_path / "model")
    assert everything(tmp_path / "model") == found
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o755


def test_a_full_disk_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(
        write_tar_gz(make_entry("small", bytes(1 << 20)), make_entry("large", bytes(4 << 20)))
    )
    with mount_small_disk(tmp_path / "disk", 4096) as disk:
        with pytest.raises(DiskFull, match=rf"the disk of {disk}/\.partial-\w+ is full; free some"):
            unpack(archive, disk / "model")
        assert everything(disk) == {}


NAMES = st.lists(st.sampled_from(["a", "b", ".", "..", "", "n" * 300, "é"]), max_size=4)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.REGTYPE])
MEMBERS = st.lists(st.tuples(NAMES, KINDS, st.binary(max_size=600)), max_size=5)


@settings(max_examples=150)
@given(members=MEMBERS, change=st.none() | st.tuples(st.floats(0, 1), st.integers(1, 255)))
def test_whatever_is_in_an_archive_all_of_it_or_nothing_is_unpacked(
    members: list[tuple[list[str], bytes, bytes]], change: tuple[float, int] | None
) -> None:
    made = [
        make_entry("/".join(name), content if kind == tarfile.REGTYPE else b"", kind)
        for name, kind, content in members
    ]
    content = bytearray(write_tar(made))
    if change is not None:
        place, flip = change
        content[int(place * (len(content) - 1))] ^= flip
    with tempfile.TemporaryDirectory() as there:
        archive, target = Path(there) / "a.tar.gz", Path(there) / "model"
        archive.write_bytes(gzip.compress(bytes(content), 1))
        try:
            unpack(archive, target, 1 << 20)
        except UserError:
            assert not target.exists()
        else:
            files = [path for path in target.rglob("*") if path.is_file()]
            assert len(files) == sum(info.isfile() for info, _ in made) or change is not None
        assert {path.name for path in Path(there).iterdir()} <= {"a.tar.gz", "model"}
