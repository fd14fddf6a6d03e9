r"""Files that UNLOAD writes, one function for each format.

Source: Athena User Guide, 'UNLOAD': the formats, the compression that each one has by default, and
a text without header whose cells end with `\001` unless the statement says otherwise.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from local_test.service.query.query_error import QueryFailed
from local_test.service.query.result_values import format_value
from local_test.service.query.statements import FileOptions

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


def write_file(
    connection: duckdb.DuckDBPyConnection, sql: str, folder: Path, options: FileOptions
) -> tuple[Path, int]:
    """Write the rows of a query to a file in `folder`; return its path and their number.

    Integers of 128 bits, which DuckDB's sums have, are written as bigint, as Athena's sums are.
    """
    found = _find_format(options.form)
    compression = found.choose_compression(options)
    path = folder / f"part-00000{found.compressions[compression]}"
    described = connection.execute(f"DESCRIBE {sql}").fetchall()
    columns = ", ".join(_select_column(name, kind) for name, kind, *_ in described)
    counted = f"CREATE TEMP TABLE unloaded AS SELECT {columns} FROM ({sql})"  # noqa: S608
    connection.execute(counted)
    (count,) = connection.execute("SELECT count(*) FROM unloaded").fetchall()[0]
    chosen = FileOptions(options.form, compression, options.delimiter)
    found.write(connection, "SELECT * FROM unloaded", path, chosen)
    return path, int(count)


def _select_column(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"CAST({quoted} AS BIGINT) AS {quoted}" if kind == "HUGEINT" else quoted


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
