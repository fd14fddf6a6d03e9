"""LIBSVM: `label[:weight] [qid:n] index:value ...`, one row a line, indices as the file has them.

Absent values are missing. In serving the label may be absent (the first token is a label when it
has no colon), and the width is the model's. `#` begins a comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tandem.codecs._file_parts import FilePart, split_lines
from tandem.codecs.json import decode_utf8
from tandem.data.arrays import FloatArray
from tandem.data.column_names import UnnamedSource
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.tables import NoRow, Records
from tandem.data.text import sparse_lines
from tandem.data.text.float_conversion import read_numbers
from tandem.data.text.sparse_lines import SparseLines
from tandem.errors import BadData, Location
from tandem.io.streams import Stream

_QUERY = "qid"
_LONGEST_INDEX = 18
_BLANKS = b" \t\r\n"
_NOTHING_IS_MISSING: frozenset[str] = frozenset()


@dataclass
class _Tokens:
    """The tokens of a body as text; labels, weights and queries by row, from 0.

    `lines` has each row's line number in the file, `sizes` its number of `indices` and `values`.
    """

    lines: list[int] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    weights: dict[int, str] = field(default_factory=dict)
    queries: dict[int, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def add(self, line: int, words: list[str], *, labelled: bool) -> None:
        """Add the tokens of a row; without `labelled`, a first token with a colon is a feature."""
        row = len(self.lines)
        self.lines.append(line)
        if labelled or ":" not in words[0]:
            label, colon, weight = words.pop(0).partition(":")
            self.labels[row] = label
            if colon:
                self.weights[row] = weight
        pairs = [word.partition(":") for word in words]
        if pairs and pairs[0][0] == _QUERY:
            self.queries[row] = pairs.pop(0)[2]
        self.indices += [index for index, _, _ in pairs]
        self.values += [value for _, _, value in pairs]
        self.sizes.append(len(pairs))


@dataclass(frozen=True)
class LibsvmSource(UnnamedSource):
    """A LIBSVM body."""

    body: bytes
    file: str | None = None

    def parse(self) -> None:
        """Read the rows of a training file already, if all words are plain numbers."""
        _ = self._plain_rows

    def read_matrix(self, width: int | None = None) -> FloatArray:
        """Read the features, shape (rows, width), whether rows begin with a label or not."""
        # Without labels an empty line may be a row whose values are all missing.
        plain = sparse_lines.read_sparse_lines(self.body.removesuffix(b"\n"), labelled=False)
        if plain is not None:
            return self._to_sparse_matrix(plain).read_matrix(width)
        tokens = self._split_tokens(labelled=False)
        self._read_numbers(tokens.labels, tokens)
        return self._make_sparse_matrix(tokens).read_matrix(width)

    def read_records(self, width: int | None = None) -> Records:
        """Raise BadData: the columns have no names."""
        return self._make_sparse_matrix(_Tokens()).read_records(width)

    def read_labelled_rows(self, *, unlabelled: bool = False) -> LabelledRows:  # noqa: ARG002 - nan is a number
        """Read a training file. Every row begins with its label, which may be `nan`."""
        plain = self._plain_rows
        if plain is not None and plain.labels is not None:
            features = self._to_sparse_matrix(plain)
            return LabelledRows(features, plain.labels, plain.weights, plain.queries, self.file)
        tokens = self._split_tokens(labelled=True)
        return LabelledRows(
            self._make_sparse_matrix(tokens),
            self._read_numbers(tokens.labels, tokens),
            self._read_optional("weight", tokens.weights, tokens),
            self._read_optional(_QUERY, tokens.queries, tokens),
            self.file,
        )

    @cached_property
    def _plain_rows(self) -> SparseLines | None:
        size = len(self.body)
        while size and self.body[size - 1] in _BLANKS:  # to strip them would copy the rest
            size -= 1
        return sparse_lines.read_sparse_lines(self.body, labelled=True, size=size)

    def _to_sparse_matrix(self, rows: SparseLines) -> SparseMatrix:
        return SparseMatrix(rows.starts, rows.indices, rows.values, None, self.file)

    def _split_tokens(self, *, labelled: bool) -> _Tokens:
        tokens = _Tokens()
        text = decode_utf8(self.body, self.file)
        # Without labels an empty line may be a row whose values are all missing.
        text = text.rstrip(" \t\r\n") if labelled else text.removesuffix("\n")
        for index, line in enumerate(text.split("\n")):
            data, comment, _ = line.partition("#")
            words = data.split()
            if words:
                tokens.add(index + 1, words, labelled=labelled)
            elif not comment:
                raise BadData("the row is empty", where=Location(self.file, index + 1))
        if not tokens.lines:
            raise NoRow("there is no row", where=Location(self.file))
        return tokens

    def _make_sparse_matrix(self, tokens: _Tokens) -> SparseMatrix:
        starts = np.cumsum([0, *tokens.sizes], dtype=np.int64)

        def where(at: int) -> Location:
            row = int(np.searchsorted(starts, at, side="right")) - 1
            return Location(self.file, tokens.lines[row], tokens.indices[at])

        for at, index in enumerate(tokens.indices):
            if not (index.isascii() and index.isdigit() and len(index) <= _LONGEST_INDEX):
                raise BadData(
                    "a value needs an index, a whole number from 0, and a colon before it",
                    where=Location(self.file, where(at).row),
                )
        values = read_numbers(tokens.values, _NOTHING_IS_MISSING, where)
        indices = np.array(list(map(int, tokens.indices)), dtype=np.int64)
        return SparseMatrix(
            starts, indices, np.array(values, np.float64), None, self.file, tokens.lines
        )

    def _read_numbers(self, cells: Mapping[int, str], tokens: _Tokens) -> FloatArray:
        rows = list(cells)
        values = read_numbers(
            list(cells.values()),
            _NOTHING_IS_MISSING,
            lambda index: Location(self.file, tokens.lines[rows[index]]),
        )
        return np.array(values, dtype=np.float64)

    def _read_optional(
        self, what: str, cells: Mapping[int, str], tokens: _Tokens
    ) -> FloatArray | None:
        if cells and len(cells) != len(tokens.lines):
            raise BadData(f"some rows have a {what} and some have none", where=Location(self.file))
        return self._read_numbers(cells, tokens) if cells else None


class _Libsvm:
    media_types: tuple[str, ...] = ("text/libsvm",)
    aliases: tuple[str, ...] = ("text/x-libsvm", "libsvm")
    border: bytes | None = b"\n"
    reads: str = (
        "`label[:weight] [qid:n] index:value ...`, the index as it stands, what is absent is"
        " missing; in serving the label may be absent; numbers only"
    )

    def open_body(self, body: bytes, _: Mapping[str, str], file: str | None = None) -> LibsvmSource:
        return LibsvmSource(body, file)

    def read_parts(
        self, stream: Stream, parameters: Mapping[str, str], file: str | None = None
    ) -> Iterator[FilePart]:
        for before, body in split_lines(stream):
            yield FilePart(before, self.open_body(body, parameters, file))


CODEC = _Libsvm()
