"""Detection of formats by their magic bytes or the file name, whatever the content type is."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.errors import BadData, Location

# So many bytes of a file or body are looked at.
SIZE = 4096
_AS_CSV = "Save the sheet as CSV in UTF-8, or write it as Parquet with pandas"


@dataclass(frozen=True)
class DetectedFormat:
    """A detected format: `what` is its name with an article, `media_type` its content type.

    For an unsupported format `media_type` is empty and `remedy` says what to do.
    """

    what: str
    media_type: str = ""
    remedy: str = ""


# The first that fits counts; `inside` is to stand somewhere behind the beginning.
_MARKS: tuple[tuple[bytes, bytes, DetectedFormat], ...] = (
    (b"PAR1", b"", DetectedFormat("a Parquet file", "application/x-parquet")),
    (b"\x93NUMPY", b"", DetectedFormat("an NPY array", "application/x-npy")),
    (
        b"\xff\xff\xff\xff",
        b"",
        DetectedFormat("an Arrow IPC stream", "application/vnd.apache.arrow.stream"),
    ),
    (
        b"\x0a\x23\xd7\xce",
        b"",
        DetectedFormat("RecordIO records", "application/x-recordio-protobuf"),
    ),
    (
        b"ARROW1",
        b"",
        DetectedFormat(
            "an Arrow IPC file (Feather)", remedy="Write an Arrow IPC stream, or Parquet"
        ),
    ),
    (b"PK\x03\x04", b"xl/", DetectedFormat("an Excel workbook (.xlsx)", remedy=_AS_CSV)),
    (
        b"PK\x03\x04",
        b"[Content_Types]",
        DetectedFormat("an Excel workbook (.xlsx)", remedy=_AS_CSV),
    ),
    (
        b"PK\x03\x04",
        b".npy",
        DetectedFormat(
            "an NPZ archive", remedy="Write one array with numpy.save as application/x-npy"
        ),
    ),
    (b"PK\x03\x04", b"", DetectedFormat("a ZIP archive", remedy="Unpack it, or compress by gzip")),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        DetectedFormat("an Excel workbook (.xls)", remedy=_AS_CSV),
    ),
    (b"\x1f\x8b", b"", DetectedFormat("gzip data", remedy="Send Content-Encoding: gzip with it")),
    (b"BZh", b"1AY&SY", DetectedFormat("bzip2 data", remedy="Compress by gzip, or not at all")),
    (b"\xfd7zXZ\0", b"", DetectedFormat("xz data", remedy="Compress by gzip, or not at all")),
    (
        b"\x28\xb5\x2f\xfd",
        b"",
        DetectedFormat("Zstandard data", remedy="Compress by gzip, or not at all"),
    ),
    (b"ORC", b"\x08\x03\x10", DetectedFormat("an ORC file", remedy="Write it as Parquet")),
    (b"Obj\x01", b"", DetectedFormat("an Avro file", remedy="Write it as Parquet")),
)


_TYPES_OF_SUFFIXES = {"jsonl": "application/jsonlines", "ndjson": "application/jsonlines"}


def detect_format(beginning: bytes) -> DetectedFormat | None:
    """Return the format whose magic bytes the bytes begin with; None for text or unknown ones."""
    for mark, inside, detected in _MARKS:
        if beginning.startswith(mark) and inside in beginning[:SIZE]:
            return detected
    return None


def find_type_of_name(file: str) -> str | None:
    """Return the content type of a text format that a file's name says, None for other names."""
    stem, _, suffix = file.lower().removesuffix(".gz").rpartition(".")
    return _TYPES_OF_SUFFIXES.get(suffix) if stem else None


def find_mismatch(beginning: bytes, media_type: str, file: str | None = None) -> BadData | None:
    """Return the error for bytes of another format than `media_type`; None when they match."""
    detected = detect_format(beginning)
    if detected is None or detected.media_type == media_type:
        return None
    what = f"holds {detected.what}, and the content type is {media_type}"
    remedy = detected.remedy or f"Declare the content type '{detected.media_type}'"
    return BadData(what if file else f"the body {what}", where=Location(file), remedy=remedy)
