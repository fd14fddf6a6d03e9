"""Hostile archives, made here: what no side of the platform may unpack, and why."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BLOCK = tarfile.BLOCKSIZE
Entry = tuple[tarfile.TarInfo, bytes]


def entry(
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


def folder(name: str) -> Entry:
    """Make a member that is a folder."""
    return entry(name, kind=tarfile.DIRTYPE)


def plain(entries: Sequence[Entry]) -> bytes:
    """Write a tar file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def packed(*entries: Entry) -> bytes:
    """Write a .tar.gz."""
    return gzip.compress(plain(entries), 1)


@dataclass(frozen=True)
class Hostile:
    """An archive that is refused, in words that hold `says`, within `limit` bytes."""

    name: str
    content: bytes
    says: str
    limit: int | None = None


def sparse(size: int) -> Entry:
    """Make a file of a hole of `size` bytes, of which the archive holds nothing."""
    kept = b"1\n0\n0\n".ljust(BLOCK, b"\0")
    pax = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "hole.bin",
        "GNU.sparse.realsize": str(size),
    }
    return entry("GNUSparseFile.0/hole.bin", kept, pax=pax)


def old_sparse(size: int, pieces: Sequence[tuple[int, int]]) -> bytes:
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
    content = bytearray(plain([entry("a", b"1"), entry("b", b"2")]))
    content[2 * BLOCK] ^= 0xFF  # the first byte of the name b
    return gzip.compress(bytes(content), 1)


def _long_headers(count: int) -> bytes:
    link = tarfile.TarInfo("././@LongLink")
    link.type, link.size = tarfile.GNUTYPE_LONGNAME, 2
    return gzip.compress((link.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(BLOCK, b"\0")) * count, 1)


_WHOLE = packed(entry("a", bytes(range(256)) * 40))
_LINK, _DEVICE = "is a link or a device", "is a link or a device"
_OUTSIDE = "points outside of the archive"
_MIXED = "is both a file and a folder"
_SIZE = "has no valid size"
_TOO_LARGE = "unpacks to more than"
_MB = 1 << 20

HOSTILE: tuple[Hostile, ...] = (
    Hostile("parent", packed(entry("../up", b"x")), _OUTSIDE),
    Hostile("parent-within", packed(entry("a/../../up", b"x")), _OUTSIDE),
    Hostile("parent-folder", packed(folder("..")), _OUTSIDE),
    Hostile("link", packed(entry("a"), entry("l", kind=tarfile.SYMTYPE)), _LINK),
    Hostile("hard-link", packed(entry("a"), entry("l", kind=tarfile.LNKTYPE)), _LINK),
    Hostile("pipe", packed(entry("a"), entry("p", kind=tarfile.FIFOTYPE)), _DEVICE),
    Hostile("character-device", packed(entry("d", kind=tarfile.CHRTYPE)), _DEVICE),
    Hostile("block-device", packed(entry("d", kind=tarfile.BLKTYPE)), _DEVICE),
    Hostile("file-then-folder", packed(entry("a", b"1"), entry("a/b", b"2")), _MIXED),
    Hostile("file-then-empty-folder", packed(entry("a", b"1"), folder("a")), _MIXED),
    Hostile("folder-then-file", packed(entry("a/b", b"1"), entry("a", b"2")), _MIXED),
    Hostile("twice", packed(entry("a", b"1"), entry("a", b"2")), "is in it twice"),
    Hostile("twice-by-another-name", packed(entry("a"), entry("./a")), "is in it twice"),
    Hostile("dot", packed(entry(".", b"1")), "is a file without a name"),
    Hostile("nameless", packed(entry("", b"1")), "is a file without a name"),
    Hostile("long-part", packed(entry("n" * 256, b"1")), "longer than 1024 bytes, or 255 in"),
    Hostile("long-accents", packed(entry("é" * 128, b"1")), "longer than 1024 bytes, or 255 in"),
    Hostile("long-name", packed(entry("part/" * 250 + "a")), "longer than 1024 bytes"),
    Hostile("deep", packed(entry("d/" * 400 + "a")), "is more than 64 folders deep"),
    Hostile("deep-folder", packed(folder("d/" * 400)), "is more than 64 folders deep"),
    Hostile("zero-byte", packed(entry("b", pax={"path": "a\0b"})), "has a zero byte in its name"),
    Hostile("bomb", packed(entry("a", bytes(2 * _MB))), f"{_TOO_LARGE} 1 MB", _MB),
    Hostile(
        "bomb-in-parts",
        packed(*[entry(f"{i}", bytes(_MB // 4)) for i in range(5)]),
        f"{_TOO_LARGE} 1 MB",
        _MB,
    ),
    Hostile("many", packed(*[entry(f"{number}") for number in range(300)]), _TOO_LARGE, _MB),
    Hostile(
        "many-folders", packed(*[folder(f"{n}/" + "d/" * 60) for n in range(5)]), _TOO_LARGE, _MB
    ),
    Hostile("hole", packed(sparse(1 << 40)), f"{_TOO_LARGE} 256 MB"),
    Hostile("old-hole", old_sparse(1 << 32, [(1 << 32, 0)]), f"{_TOO_LARGE} 256 MB"),
    Hostile("overlapping-map", old_sparse(4096, [(100, 50), (0, 10)]), _SIZE),
    Hostile("map-beyond", old_sparse(10, [(0, 4096)]), _SIZE),
    Hostile("negative", packed(entry("a", pax={"size": "-512"})), _SIZE),
    Hostile(
        "zeros-behind",
        gzip.compress(plain([entry("a", b"1")]) + bytes(4 * _MB), 1),
        _TOO_LARGE,
        _MB,
    ),
    Hostile(
        "large-header",
        packed(entry("a", pax={"comment": "c" * (3 << 20)})),
        "a header is larger than 1 MB",
    ),
    Hostile("many-headers", _long_headers(900), ""),
    Hostile("broken-header", _broken_header(), "no valid header"),
    Hostile("second-archive", _WHOLE + packed(entry("b", b"2")), "no valid header"),
    Hostile("cut", _WHOLE[:-20], ""),
    Hostile("checksum", _WHOLE[:-8] + b"0000" + _WHOLE[-4:], ""),
    Hostile("text", b"not an archive", ""),
    Hostile("empty", b"", ""),
)
