"""Bodies: valid ones in every format, mutations of them, and ones that are made to do harm."""

from __future__ import annotations

import csv
import io
import json
import random
import struct
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from tandem import codecs
from tandem.data.tables import FEATURES, Table

_JSON, _LINES, _LIBSVM = "application/json", "application/jsonlines", "text/libsvm"
_PARQUET, _ARROW = "application/x-parquet", "application/vnd.apache.arrow.stream"
_TOKENS = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"NaN",
    b"1e999",
    b"-0",
    b"9" * 400,
    b'"',
    b"\r",
    b"\n\n",
    b"[" * 50,
    b"{}",
    b"\x7f\xff\xff\xff",
    b"\xff" * 10,
    b"\\ud800",
    b"0:1 0:2",
)


def encode_numbers(row: bytes) -> dict[str, bytes]:
    """Return a row of numbers in CSV as a body of every format."""
    cells = [float(cell or "nan") for cell in row.decode().strip().split(",")]
    table = Table(np.array([cells]), key=FEATURES)
    bodies = {codec.media_types[0]: codec.encode(table) for codec in codecs.WRITERS}
    pairs = " ".join(f"{place}:{cell!r}" for place, cell in enumerate(cells) if not np.isnan(cell))
    return bodies | {"text/csv": row, _LIBSVM: f"0 {pairs}\n".encode()}


def encode_records(row: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """Return a record in CSV as a body of every format that has names."""
    cells = next(csv.reader([row.decode()]))
    named = dict(zip(names, cells, strict=True))
    table = pa.table({name: [cell] for name, cell in named.items()})
    parquet, arrow = io.BytesIO(), io.BytesIO()
    pyarrow.parquet.write_table(table, parquet)
    with pa.ipc.new_stream(arrow, table.schema) as stream:
        stream.write_table(table)
    return {
        "text/csv": ",".join(names).encode() + b"\n" + row,
        _JSON: json.dumps({"instances": [named]}).encode(),
        _LINES: json.dumps(named).encode() + b"\n",
        _PARQUET: parquet.getvalue(),
        _ARROW: arrow.getvalue(),
    }


def mutate(body: bytes, draw: random.Random) -> bytes:
    """Change some bytes of a body: others, fewer, more, twice, cut off, or a hostile token."""
    found = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        at = draw.randint(0, len(found))
        end = min(len(found), at + draw.randint(0, 16))
        kind = draw.randrange(5)
        if kind == 0:
            found[at:end] = draw.randbytes(end - at)
        elif kind == 1:
            del found[at:end]
        elif kind == 2:
            found[at:at] = found[at:end]
        elif kind == 3:
            del found[at:]
        else:
            found[at:end] = draw.choice(_TOKENS)
    return bytes(found)


def generate_body(draw: random.Random) -> tuple[str, bytes]:
    """Make a body that no writer makes, and its content type."""
    size = 10 ** draw.randint(1, 5)
    huge = draw.choice((2**31 - 1, 2**31, 2**62, 2**63, 2**64 - 1))
    shapes: Mapping[str, Sequence[bytes]] = {
        "text/csv": (b"," * size, b'"' * size, b"1" * size, b"\n" * size, b"1,\0,2"),
        _JSON: (
            b"[" * size,
            b'{"a":' * size,
            b'{"instances": [' + b"1," * size + b"1]}",
            b'{"instances": ' + b"9" * size + b"}",
            b'"' + b"\\ud800" * size + b'"',
        ),
        _LINES: (b"[" * size + b"\n", b"{}\n" * size, b"null\n" * 9),
        _LIBSVM: (
            f"0 {huge}:1".encode(),
            b"0 -1:1",
            b"0 " + b"1:1 " * size,
            f"{huge} 0:1e999".encode(),
        ),
        "application/x-recordio-protobuf": (
            struct.pack("<II", 0xCED7230A, huge & 0xFFFFFFFF),
            struct.pack("<II", 0xCED7230A, 16) + draw.randbytes(16),
            struct.pack("<II", 0xCED7230A, 12) + b"\x0a\x0a\x0a\x08" + b"\xff" * 8,
        ),
        "application/x-npy": tuple(
            _build_npy(shape) for shape in (f"({huge},)", "(-1,)", "(0, 9)")
        ),
        _PARQUET: (
            b"PAR1" + struct.pack("<I", huge & 0xFFFFFFFF) + b"PAR1",
            b"PAR1" + draw.randbytes(64) + struct.pack("<I", 64) + b"PAR1",
        ),
        _ARROW: (
            b"\xff\xff\xff\xff" + struct.pack("<I", huge & 0xFFFFFFFF),
            b"\xff\xff\xff\xff" + struct.pack("<I", 64) + draw.randbytes(64),
        ),
    }
    kind = draw.choice(sorted(shapes))
    return kind, draw.choice(shapes[kind])


def _build_npy(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
