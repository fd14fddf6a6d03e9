"""Hostile archives, made here: what no side of the platform may unpack, and why."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BLOCK = tarfile.BLOCKSIZE
Entry = tuple[tarfile.TarInfo, bytes]


def make_entry(
    name: str,
    content: bytes = b"",
    kind: bytes = tarfile.REGTYPE,
    pax: Mapping[str, str] | None = None,
) -> Entry:
    """Make a member of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
    info.pax_headers = dict(pax or {})
    return info, content


def make_folder(name: str) -> Entry:
    """Make a member that is a folder."""
    return make_entry(name, kind=tarfile.DIRTYPE)


def write_tar(entries: Sequence[Entry]) -> bytes:
    """Write a tar file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def write_tar_gz(*entries: Entry) -> bytes:
    """Write a .tar.gz."""
    return gzip.compress(write_tar(entries), 1)


@dataclass(frozen=True)
class Hostile:
    """An archive that is refused, in words that hold `says`, within `limit` bytes."""

    name: str
    content: bytes
    says: str
    limit: int | None = None


def make_sparse(size: int) -> Entry:
    """Make a file of a hole of `size` bytes, of which the archive holds nothing."""
    kept = b"1\n0\n0\n".ljust(BLOCK, b"\0")
    pax = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "hole.bin",
        "GNU.sparse.realsize": str(size),
    }
    return make_entry("GNUSparseFile.0/hole.bin", kept, pax=pax)


def write_old_sparse(size: int, pieces: Sequence[tuple[int, int]]) -> bytes:
    """Write a .tar.gz with a sparse file in GNU's old form, whose map has these pieces."""
    info = tarfile.TarInfo("hole.bin")
    info.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for index, number in enumerate(number for piece in pieces for number in piece):
        at = 386 + 12 * index
        head[at : at + 12] = b"%011o\0" % number
    head[483:495] = b"%011o\0" % size
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return gzip.compress(bytes(head) + bytes(2 * BLOCK), 1)


def _broken_header() -> bytes:
    content = bytearray(write_tar([make_entry("a", b"1"), make_entry("b", b"2")]))
    content[2 * BLOCK] ^= 0xFF  # the first byte of the name b
    return gzip.compress(bytes(content), 1)


def _long_headers(count: int) -> bytes:
    link = tarfile.TarInfo("././@LongLink")
    link.type, link.size = tarfile.GNUTYPE_LONGNAME, 2
    return gzip.compress((link.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(BLOCK, b"\0")) * count, 1)


_WHOLE = write_tar_gz(make_entry("a", bytes(range(256)) * 40))
_LINK, _DEVICE = "is a link or a device", "is a link or a device"
_OUTSIDE = "points outside of the archive"
_MIXED = "is both a file and a folder"
_SIZE = "has no valid size"
_TOO_LARGE = "unpacks to more than"
_MB = 1 << 20

HOSTILE: tuple[Hostile, ...] = (
    Hostile("parent", write_tar_gz(make_entry("../up", b"x")), _OUTSIDE),
    Hostile("parent-within", write_tar_gz(make_entry("a/../../up", b"x")), _OUTSIDE),
    Hostile("parent-folder", write_tar_gz(make_folder("..")), _OUTSIDE),
    Hostile("link", write_tar_gz(make_entry("a"), make_entry("l", kind=tarfile.SYMTYPE)), _LINK),
    Hostile(
        "hard-link", write_tar_gz(make_entry("a"), make_entry("l", kind=tarfile.LNKTYPE)), _LINK
    ),
    Hostile("pipe", write_tar_gz(make_entry("a"), make_entry("p", kind=tarfile.FIFOTYPE)), _DEVICE),
    Hostile("character-device", write_tar_gz(make_entry("d", kind=tarfile.CHRTYPE)), _DEVICE),
    Hostile("block-device", write_tar_gz(make_entry("d", kind=tarfile.BLKTYPE)), _DEVICE),
    Hostile(
        "file-then-folder", write_tar_gz(make_entry("a", b"1"), make_entry("a/b", b"2")), _MIXED
    ),
    Hostile(
        "file-then-empty-folder", write_tar_gz(make_entry("a", b"1"), make_folder("a")), _MIXED
    ),
    Hostile(
        "folder-then-file", write_tar_gz(make_entry("a/b", b"1"), make_entry("a", b"2")), _MIXED
    ),
    Hostile("twice", write_tar_gz(make_entry("a", b"1"), make_entry("a", b"2")), "is in it twice"),
    Hostile(
        "twice-by-another-name", write_tar_gz(make_entry("a"), make_entry("./a")), "is in it twice"
    ),
    Hostile("dot", write_tar_gz(make_entry(".", b"1")), "is a file without a name"),
    Hostile("nameless", write_tar_gz(make_entry("", b"1")), "is a file without a name"),
    Hostile(
        "long-part", write_tar_gz(make_entry("n" * 256, b"1")), "longer than 1024 bytes, or 255 in"
    ),
    Hostile(
        "long-accents",
        write_tar_gz(make_entry("é" * 128, b"1")),
        "longer than 1024 bytes, or 255 in",
    ),
    Hostile("long-name", write_tar_gz(make_entry("part/" * 250 + "a")), "longer than 1024 bytes"),
    Hostile("deep", write_tar_gz(make_entry("d/" * 400 + "a")), "is more than 64 folders deep"),
    Hostile("deep-folder", write_tar_gz(make_folder("d/" * 400)), "is more than 64 folders deep"),
    Hostile(
        "zero-byte",
        write_tar_gz(make_entry("b", pax={"path": "a\0b"})),
        "has a zero byte in its name",
    ),
    Hostile("bomb", write_tar_gz(make_entry("a", bytes(2 * _MB))), f"{_TOO_LARGE} 1 MB", _MB),
    Hostile(
        "bomb-in-parts",
        write_tar_gz(*[make_entry(f"{i}", bytes(_MB // 4)) for i in range(5)]),
        f"{_TOO_LARGE} 1 MB",
        _MB,
    ),
    Hostile(
        "many", write_tar_gz(*[make_entry(f"{number}") for number in range(300)]), _TOO_LARGE, _MB
    ),
    Hostile(
        "many-folders",
        write_tar_gz(*[make_folder(f"{n}/" + "d/" * 60) for n in range(5)]),
        _TOO_LARGE,
        _MB,
    ),
    Hostile("hole", write_tar_gz(make_sparse(1 << 40)), f"{_TOO_LARGE} 256 MB"),
    Hostile("old-hole", write_old_sparse(1 << 32, [(1 << 32, 0)]), f"{_TOO_LARGE} 256 MB"),
    Hostile("overlapping-map", write_old_sparse(4096, [(100, 50), (0, 10)]), _SIZE),
    Hostile("map-beyond", write_old_sparse(10, [(0, 4096)]), _SIZE),
    Hostile("negative", write_tar_gz(make_entry("a", pax={"size": "-512"})), _SIZE),
    Hostile(
        "zeros-behind",
        gzip.compress(write_tar([make_entry("a", b"1")]) + bytes(4 * _MB), 1),
        _TOO_LARGE,
        _MB,
    ),
    Hostile(
        "large-header",
        write_tar_gz(make_entry("a", pax={"comment": "c" * (3 << 20)})),
        "a header is larger than 1 MB",
    ),
    Hostile("many-headers", _long_headers(900), ""),
    Hostile("broken-header", _broken_header(), "no valid header"),
    Hostile("second-archive", _WHOLE + write_tar_gz(make_entry("b", b"2")), "no valid header"),
    Hostile("cut", _WHOLE[:-20], ""),
    Hostile("checksum", _WHOLE[:-8] + b"0000" + _WHOLE[-4:], ""),
    Hostile("text", b"not an archive", ""),
    Hostile("empty", b"", ""),
)
