"""Parts are parsed by other threads before they are read, and come in their order."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from tandem.codecs._file_parts import FilePart, parse_ahead
from tandem.codecs.csv import CODEC, CsvSource
from tandem.data.column_names import UnnamedSource
from tandem.data.tables import Records


@dataclass
class Slow(UnnamedSource):
    """A source that is parsed only once another one is, too."""

    barrier: threading.Barrier
    threads: set[int] = field(default_factory=set)

    def parse(self) -> None:
        self.threads.add(threading.get_ident())
        self.barrier.wait(timeout=30)

    def read_matrix(self, width: int | None = None) -> np.ndarray:
        raise NotImplementedError

    def read_records(self, width: int | None = None) -> Records:
        raise NotImplementedError


def test_two_processors_parse_two_parts_at_once() -> None:
    barrier = threading.Barrier(2)
    parts = [FilePart(place, Slow(barrier)) for place in range(5)]
    found = list(parse_ahead(iter(parts), processors=2))
    assert [part.rows_before for part in found] == [0, 1, 2, 3, 4]
    own = threading.get_ident()
    for part in found[1:]:
        assert isinstance(part.source, Slow)
        assert part.source.threads
        assert own not in part.source.threads
    assert isinstance(found[0].source, Slow)
    assert not found[0].source.threads  # a file of one part needs no thread


def test_no_more_parts_are_read_than_processors() -> None:
    read = []

    def produce() -> Iterator[FilePart]:
        for place in range(20):
            read.append(place)
            yield FilePart(place, CsvSource(b"1,2", "absent"))

    for part in parse_ahead(produce(), processors=3):
        assert len(read) <= part.rows_before + 1 + 3 + 1


def test_one_processor_starts_no_thread() -> None:
    parts = [FilePart(place, Slow(threading.Barrier(2))) for place in range(3)]
    assert list(parse_ahead(iter(parts), processors=0.5)) == parts


@pytest.mark.parametrize("text", [b"", b"1,2\n3,4\n"])
def test_a_file_of_one_part_is_as_it_was(text: bytes) -> None:
    parts = list(parse_ahead(CODEC.read_parts(io.BytesIO(text), {}), processors=2))
    assert [part.source.body for part in parts if isinstance(part.source, CsvSource)] == [text]
