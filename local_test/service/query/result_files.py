r"""Files that UNLOAD writes, one function for each format.

Source: Athena User Guide, 'UNLOAD': the formats, the compression that each one has by default, and
a text without header whose cells end with `\001` unless the statement says otherwise.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from local_test.service.query.column_types import choose_written
from local_test.service.query.partitions import split_rows
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.result_values import format_value
from local_test.service.query.statements import FileOptions
from local_test.service.query.table_view import quote

_ROWS = 10_000
_NULL = r"\N"  # Hive's text of NULL
_Write = Callable[[duckdb.DuckDBPyConnection, str, Path, FileOptions], None]


@dataclass(frozen=True)
class ResultFormat:
    """A format of files: how rows of a query are written, and with which compressions."""

    write: _Write
    compressions: Mapping[str, str]
    """The end of a file's name by compression; the first is the default."""

    def choose_compression(self, options: FileOptions) -> str:
        """Return the compression of the files. Raises QueryFailed if the format lacks it."""
        if options.compression is None:
            return next(iter(self.compressions))
        if options.compression not in self.compressions:
            raise QueryFailed(
                f"{options.form} files with compression {options.compression} are not supported",
                f"use {' or '.join(self.compressions)}",
            )
        return options.compression


def check_files(options: FileOptions) -> None:
    """Raise QueryFailed when the format or its compression is not supported."""
    _find_format(options.form).choose_compression(options)


def _find_format(name: str) -> ResultFormat:
    if name not in FORMATS:
        raise QueryFailed(
            f"the format {name} is not supported by the local service",
            f"use {', '.join(FORMATS)}",
        )
    return FORMATS[name]


@dataclass(frozen=True)
class WrittenFiles:
    """Files of rows: the columns with their types of DuckDB, and the number of rows.

    `places` has the path of each file in the folder of all by its path here, `partitions` the
    values of the partition columns by the folder of a file.
    """

    places: Mapping[Path, Path]
    columns: Mapping[str, str]
    rows: int
    partitions: Mapping[str, Sequence[str]]

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(path.stat().st_size for path in self.places)


def write_files(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    folder: Path,
    options: FileOptions,
    partitions: Sequence[str] = (),
) -> WrittenFiles:
    """Write the rows of a query to files in `folder`, in a folder for each value of `partitions`.

    Raises QueryFailed when the partitions are not the last columns, or too many.
    """
    found = _find_format(options.form)
    compression = found.choose_compression(options)
    chosen = FileOptions(options.form, compression, options.delimiter)
    name = f"part-00000{found.compressions[compression]}"
    described = connection.execute(f"DESCRIBE {sql}").fetchall()
    columns = {one: choose_written(kind) for one, kind, *_ in described}
    selected = ", ".join(_select_column(one, kind) for one, kind, *_ in described)
    connection.execute(f"CREATE TEMP TABLE written AS SELECT {selected} FROM ({sql})")  # noqa: S608
    (count,) = connection.execute("SELECT count(*) FROM written").fetchall()[0]
    parts = {folder: "SELECT * FROM written"}
    values = dict[str, Sequence[str]]()
    if partitions:
        _check_partitions(list(columns), partitions)
        parts = {}
        for query, cells in split_rows(connection, list(columns), partitions):
            names = [f"{one}={cell}" for one, cell in zip(partitions, cells, strict=True)]
            values["/".join(names)] = cells
            parts[folder.joinpath(*names)] = query
    for place, query in parts.items():
        place.mkdir(parents=True, exist_ok=True)
        found.write(connection, query, place / name, chosen)
    places = {place / name: place.relative_to(folder) / name for place in parts}
    return WrittenFiles(places, columns, int(count), values)


def _check_partitions(columns: Sequence[str], partitions: Sequence[str]) -> None:
    last = columns[-len(partitions) :]
    if last != list(partitions) or len(columns) == len(partitions):
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and"
            f" in the same order as the table properties: [{', '.join(partitions)}]",
            "select these columns last, and one more before them",
        )


def _select_column(name: str, kind: str) -> str:
    written = choose_written(kind)
    return quote(name) if written == kind else f"CAST({quote(name)} AS {written}) AS {quote(name)}"


def _copy(
    connection: duckdb.DuckDBPyConnection, sql: str, path: Path, options: FileOptions
) -> None:
    """Write Parquet or JSON Lines by DuckDB."""
    target = str(path).replace("'", "''")
    settings = f"FORMAT {options.form}, COMPRESSION {options.compression}"
    connection.execute(f"COPY ({sql}) TO '{target}' ({settings})")


def _write_text(
    connection: duckdb.DuckDBPyConnection, sql: str, path: Path, options: FileOptions
) -> None:
    connection.execute(sql)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        while rows := connection.fetchmany(_ROWS):
            for row in rows:
                cells = (_NULL if one is None else format_value(one) or "" for one in row)
                file.write(options.delimiter.join(cells) + "\n")


def _write_orc(
    connection: duckdb.DuckDBPyConnection, sql: str, path: Path, options: FileOptions
) -> None:
    import pyarrow as pa
    from pyarrow import orc

    reader = connection.sql(sql).to_arrow_reader(_ROWS)
    with orc.ORCWriter(str(path), compression=str(options.compression).lower()) as writer:
        writer.write(reader.schema.empty_table())
        for batch in reader:
            writer.write(pa.Table.from_batches([batch]))


FORMATS: Mapping[str, ResultFormat] = {
    "PARQUET": ResultFormat(
        _copy, {"GZIP": ".gz.parquet", "SNAPPY": ".snappy.parquet", "ZSTD": ".zstd.parquet"}
    ),
    "ORC": ResultFormat(_write_orc, {"ZLIB": ".zlib.orc", "SNAPPY": ".snappy.orc"}),
    "JSON": ResultFormat(_copy, {"GZIP": ".json.gz"}),
    "TEXTFILE": ResultFormat(_write_text, {"GZIP": ".txt.gz"}),
}
