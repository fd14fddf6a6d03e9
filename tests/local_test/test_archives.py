"""Model archives: what is packed, what is refused."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.platform.archives import pack, unpack


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
