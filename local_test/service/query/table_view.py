"""A table of the catalogue as a view of DuckDB over copies of its files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from local_test.errors import UserError
from local_test.service.query.column_types import to_duckdb
from local_test.service.query.query_error import QueryFailed
from local_test.service.storage.s3 import S3Storage, S3Uri, locate_file, parse_uri

_CSV = ("OpenCSVSerde", "LazySimpleSerDe")
_Columns = Sequence[Mapping[str, str]]


def create_view(
    connection: duckdb.DuckDBPyConnection,
    storage: S3Storage,
    table: Mapping[str, Any],
    folder: Path,
) -> int:
    """Create the view of a table of Glue, with copies of its files in a folder; return their bytes.

    Raises QueryFailed when the table has a format that is not supported.
    """
    descriptor = table["StorageDescriptor"]
    files = _fetch_files(storage, parse_uri(descriptor["Location"]), folder)
    library = descriptor.get("SerdeInfo", {}).get("SerializationLibrary", "")
    columns, partitions = descriptor["Columns"], table.get("PartitionKeys", ())
    if "parquet" in library.lower():
        source = _select_parquet(connection, files, [*columns, *partitions])
    elif library.endswith(_CSV):
        source = _select_csv(files, columns, _read_options(table))
    else:
        raise QueryFailed(
            f"the format of table {table['Name']} is not supported: {library or 'none is given'}",
            "use Parquet or CSV",
        )
    schema, name = _quote(table["DatabaseName"]), _quote(table["Name"])
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE VIEW {schema}.{name} AS {source}")
    return sum(file.stat().st_size for file in files)


def _fetch_files(storage: S3Storage, location: S3Uri, folder: Path) -> list[Path]:
    """Copy the files of a table; names that begin with `_` or `.` are none of it, as in Hive."""
    prefix = S3Uri(location.bucket, f"{location.key.rstrip('/')}/")
    try:
        objects = storage.list_prefix(prefix)
    except UserError:  # no object, or no bucket: a table without rows
        return []
    visible = [
        (uri, path) for uri, path in objects if not path.rpartition("/")[2].startswith(("_", "."))
    ]
    return [storage.fetch(uri, locate_file(folder, path, uri)) for uri, path in visible]


def _select_parquet(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], columns: _Columns
) -> str:
    """Return the query of Parquet files; columns that no file has are NULL."""
    if not files:
        return _select_nothing(columns)
    scan = (
        f"read_parquet({_list_texts(files)}, union_by_name=true, hive_partitioning=true,"
        " hive_types_autocast=false)"
    )
    described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()  # noqa: S608
    present = {row[0].lower() for row in described}
    chosen = [
        _cast(_quote(item["Name"]) if item["Name"].lower() in present else "NULL", item)
        for item in columns
    ]
    return f"SELECT {', '.join(chosen)} FROM {scan}"  # noqa: S608


def _select_csv(files: Sequence[Path], columns: _Columns, options: Mapping[str, str]) -> str:
    """Return the query of CSV files; an empty cell of another type than a text is NULL."""
    if not files:
        return _select_nothing(columns)
    names = ", ".join(f"{_text(item['Name'])}: 'VARCHAR'" for item in columns)
    scan = (
        f"read_csv({_list_texts(files)}, auto_detect=false, null_padding=true, columns={{{names}}},"
        f" delim={_text(options.get('separatorChar', options.get('field.delim', ',')))},"
        f" quote={_text(options.get('quoteChar', chr(34)))},"
        f" escape={_text(options.get('quoteChar', chr(34)))},"
        f" skip={int(options.get('skip.header.line.count', '0'))}, header=false)"
    )
    chosen = []
    for item in columns:
        cell = _quote(item["Name"])
        is_text = to_duckdb(item["Type"]) == "VARCHAR"
        value = f"coalesce({cell}, '')" if is_text else f"nullif({cell}, '')"
        chosen.append(_cast(value, item))
    return f"SELECT {', '.join(chosen)} FROM {scan}"  # noqa: S608


def _select_nothing(columns: _Columns) -> str:
    return f"SELECT {', '.join(_cast('NULL', item) for item in columns)} WHERE false"


def _cast(value: str, item: Mapping[str, str]) -> str:
    return f"CAST({value} AS {to_duckdb(item['Type'])}) AS {_quote(item['Name'])}"


def _read_options(table: Mapping[str, Any]) -> dict[str, str]:
    serde = table["StorageDescriptor"].get("SerdeInfo", {})
    return {**table.get("Parameters", {}), **serde.get("Parameters", {})}


def _list_texts(files: Sequence[Path]) -> str:
    return f"[{', '.join(_text(str(file)) for file in files)}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
