"""recordio-protobuf: one `aialgs.data.Record` a frame (Developer Guide, "Common Data Formats").

Features have the key `values`; the label has the same key in its own map. A tensor with `keys` is
sparse; absent values are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tandem.codecs import _protobuf as protobuf
from tandem.codecs._file_parts import FilePart, split_frames
from tandem.codecs._protobuf import BYTES, EIGHT, FOUR, MalformedMessage
from tandem.data.arrays import FloatArray
from tandem.data.column_names import UnnamedSource
from tandem.data.rows.dense_matrix import DenseMatrix
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix, stack_rows
from tandem.data.rows.sparse_table import SparseTable
from tandem.data.tables import FEATURES, SCORE, NoRow, Records, Table
from tandem.data.text.float_conversion import to_finite
from tandem.errors import BadData, Location, NotAcceptable
from tandem.io.recordio import read_payloads, write_frame
from tandem.io.streams import Stream

_FEATURES, _LABEL = 1, 2
_KEY, _VALUE = 1, 2
_VALUES, _KEYS, _SHAPE = 1, 2, 3
_FLOAT32, _FLOAT64, _INT32 = 2, 3, 7
_NAME = "values"
_LARGEST_KEY = 1 << 62
_NO_LABEL = [float("nan")]

Vector = np.ndarray
_TENSORS: Mapping[int, tuple[int, Callable[[memoryview], list[float]]]] = {
    _FLOAT32: (FOUR, protobuf.read_floats),
    _FLOAT64: (EIGHT, protobuf.read_doubles),
    _INT32: (protobuf.VARINT, lambda payload: _to_signed(protobuf.read_varints(payload))),
}


@dataclass
class _Tensor:
    values: list[float] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    shape: list[int] = field(default_factory=list)

    @property
    def sparse(self) -> bool:
        """Whether the tensor is sparse; a sparse one without values has no keys but a shape."""
        return bool(self.keys) or (bool(self.shape) and not self.values)


@dataclass(frozen=True)
class RecordioSource(UnnamedSource):
    """A recordio-protobuf body."""

    body: bytes
    file: str | None = None

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Read the features, shape (rows, columns). Raises BadData naming the record."""
        rows = self._read_features(self._parse_records())
        return rows.read_matrix(width) if isinstance(rows, SparseMatrix) else rows

    def read_records(self, width: int | None = None) -> Records:
        """Read dense features as cells by position. Raises BadData when they are sparse."""
        rows = self._read_features(self._parse_records())
        if isinstance(rows, SparseMatrix):
            return rows.read_records(width)
        return DenseMatrix(rows, self.file).read_records(width)

    def read_labelled_rows(self, *, unlabelled: bool = False) -> LabelledRows:
        """Read features and labels; with `unlabelled`, a missing label is NaN.

        Raises BadData when a record is invalid or its label is missing.
        """
        records = self._parse_records()
        labels = []
        for index, (_, label) in enumerate(records):
            if label is None or len(label.values) != 1 or np.isnan(label.values[0]):
                if unlabelled and (label is None or len(label.values) < 2):
                    labels.append(_NO_LABEL)
                    continue
                raise BadData("the label is missing", where=Location(self.file, index + 1))
            labels.append(label.values)
        values = to_finite(np.array(labels), lambda row, _: Location(self.file, row + 1, "label"))
        return LabelledRows(
            self._read_features(records), values[:, 0], file=self.file, first_column=1
        )

    def _parse_records(self) -> list[tuple[_Tensor, _Tensor | None]]:
        records = []
        for index, payload in enumerate(read_payloads(self.body, self.file)):
            where = Location(self.file, index + 1)
            try:
                features, label = _parse_record(memoryview(payload))
            except (MalformedMessage, UnicodeDecodeError) as error:
                raise BadData("the record is not a protobuf Record", where=where) from error
            if features is None:
                raise BadData(f"the record has no numbers under {_NAME!r}", where=where)
            records.append((features, label))
        if not records:
            raise NoRow("there is no row", where=Location(self.file))
        return records

    def _read_features(
        self, records: Sequence[tuple[_Tensor, _Tensor | None]]
    ) -> FloatArray | SparseMatrix:
        tensors = [features for features, _ in records]
        if any(tensor.sparse for tensor in tensors):
            return self._make_sparse_matrix(tensors)
        width = len(tensors[0].values)
        for index, tensor in enumerate(tensors):
            if len(tensor.values) != width:
                raise BadData(
                    f"the record has {len(tensor.values)} values, and the first has {width}",
                    where=Location(self.file, index + 1),
                )
        matrix = np.array([tensor.values for tensor in tensors], dtype=np.float64)
        return to_finite(matrix, lambda row, column: Location(self.file, row + 1, str(column + 1)))

    def _make_sparse_matrix(self, tensors: Sequence[_Tensor]) -> SparseMatrix:
        shapes = {tensor.shape[-1] for tensor in tensors if tensor.shape}
        if len(shapes) > 1:
            raise BadData("the records differ in their shape", where=Location(self.file))
        rows = []
        for index, tensor in enumerate(tensors):
            pairs = dict(zip(tensor.keys, tensor.values, strict=False))
            if not len(tensor.keys) == len(tensor.values) == len(pairs):
                raise BadData(
                    "the keys must give one column to each value",
                    where=Location(self.file, index + 1),
                )
            rows.append(pairs)
        return stack_rows(rows, shapes.pop() if shapes else None, self.file)


def _parse_record(message: memoryview) -> tuple[_Tensor | None, _Tensor | None]:
    tensors: dict[int, _Tensor | None] = {}
    for number, kind, payload in protobuf.read_fields(message):
        if number in {_FEATURES, _LABEL} and kind == BYTES:
            name, value = _parse_entry(payload)
            if name == _NAME:
                tensors[number] = _parse_value(value)
            elif name == SCORE:  # an answer of ours, on its way through a pipeline
                tensors.setdefault(_FEATURES, _parse_value(value))
    return tensors.get(_FEATURES), tensors.get(_LABEL)


def _parse_entry(message: memoryview) -> tuple[str, memoryview]:
    name, value = "", memoryview(b"")
    for number, kind, payload in protobuf.read_fields(message):
        if number == _KEY and kind == BYTES:
            name = bytes(payload).decode()
        elif number == _VALUE and kind == BYTES:
            value = payload
    return name, value


def _parse_value(message: memoryview) -> _Tensor | None:
    tensor = None
    for number, kind, payload in protobuf.read_fields(message):
        if number in _TENSORS and kind == BYTES:
            tensor = _parse_tensor(payload, *_TENSORS[number])
    return tensor


def _parse_tensor(
    message: memoryview, kind: int, read: Callable[[memoryview], list[float]]
) -> _Tensor:
    tensor = _Tensor()
    for number, wire, payload in protobuf.read_fields(message):
        if number == _VALUES and wire in {kind, BYTES}:
            tensor.values += read(payload)
        elif number in {_KEYS, _SHAPE} and wire in {protobuf.VARINT, BYTES}:
            cells = protobuf.read_varints(payload)
            if max(cells, default=0) > _LARGEST_KEY:
                raise MalformedMessage("a key is too large")
            (tensor.keys if number == _KEYS else tensor.shape).extend(cells)
    return tensor


def _to_signed(values: Sequence[int]) -> list[float]:
    # A negative int32 is written as a 64-bit varint; the low 32 bits are its two's complement.
    low = np.array([value & 0xFFFFFFFF for value in values], dtype=np.uint32)
    signed: list[float] = low.view(np.int32).astype(np.float64).tolist()
    return signed


class _Recordio:
    media_types: tuple[str, ...] = ("application/x-recordio-protobuf",)
    aliases: tuple[str, ...] = ("recordio-protobuf",)
    border: bytes | None = b""
    reads: str = (
        "`aialgs.data.Record`s, dense or sparse, float32, float64 or int32, features and label"
        " under `values`; sparse is numbers only"
    )
    writes: str = (
        "one Record a row, the answer under `score` or its outputs under their names in the label"
        " map; features under `values`, sparse where they are, with the label apart"
    )

    def open_body(
        self, body: bytes, _: Mapping[str, str], file: str | None = None
    ) -> RecordioSource:
        return RecordioSource(body, file)

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        for before, body in split_frames(stream, file):
            yield FilePart(before, self.open_body(body, parameters, file))

    def encode(self, table: Table) -> bytes:
        if table.has_texts:
            raise NotAcceptable("texts cannot be written as recordio-protobuf")
        if table.outputs:
            named = [(o.name, o.values.reshape(len(table), -1)) for o in table.outputs]
            return b"".join(
                write_frame(
                    b"".join(_write_map_entry(_LABEL, name, values[row]) for name, values in named)
                )
                for row in range(len(table))
            )
        if table.key != FEATURES:
            answers = (
                table.numbers if table.label is None else np.column_stack(table.list_columns())
            )
            return b"".join(
                write_frame(_write_map_entry(_LABEL, table.key, row)) for row in answers
            )
        rows = zip(table.numbers, _write_labels(table), strict=True)
        return b"".join(
            write_frame(_write_map_entry(_FEATURES, _NAME, row) + label) for row, label in rows
        )

    def encode_sparse(self, table: SparseTable) -> bytes:
        sparse = table.sparse
        shape = protobuf.write_field(_SHAPE, protobuf.write_varint(sparse.width))
        keys, records = sparse.indices.tolist(), []
        ends = pairwise(sparse.starts.tolist())
        for (start, end), label in zip(ends, _write_labels(table), strict=True):
            packed = protobuf.write_field(_KEYS, b"".join(map(_write_key, keys[start:end])))
            row = _write_map_entry(_FEATURES, _NAME, sparse.values[start:end], packed + shape)
            records.append(write_frame(row + label))
        return b"".join(records)


_write_key = lru_cache(1 << 16)(protobuf.write_varint)


def _write_labels(table: Table) -> list[bytes]:
    if table.label is None:
        return [b""] * len(table)
    return [_write_map_entry(_LABEL, _NAME, row) for row in table.label[:, None]]


def _write_map_entry(number: int, name: str, values: Vector, extra_fields: bytes = b"") -> bytes:
    single = values.dtype == np.float32
    packed = (
        protobuf.write_field(_VALUES, values.astype("<f4" if single else "<f8").tobytes())
        + extra_fields
    )
    tensor = protobuf.write_field(_FLOAT32 if single else _FLOAT64, packed)
    entry = protobuf.write_field(_KEY, name.encode()) + protobuf.write_field(_VALUE, tensor)
    return protobuf.write_field(number, entry)


CODEC = _Recordio()
