"""A table of the catalogue as a view of DuckDB over copies of its files.

Source: Athena User Guide, 'Choose a SerDe for your data'.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from local_test.errors import UserError
from local_test.service.iceberg.support import is_iceberg, require_iceberg
from local_test.service.query.column_types import to_duckdb
from local_test.service.query.query_error import QueryFailed
from local_test.service.storage.s3 import S3Storage, S3Uri, locate_file, parse_uri

_CSV = ("OpenCSVSerde", "LazySimpleSerDe")
_HIVE = "hive_partitioning=true, hive_types_autocast=false"
_Columns = Sequence[Mapping[str, str]]


def create_view(
    connection: duckdb.DuckDBPyConnection,
    storage: S3Storage,
    table: Mapping[str, Any],
    folder: Path,
) -> int:
    """Create the view of a table of Glue, with copies of its files in a folder; return their bytes.

    Raises QueryFailed when the table has a format that is not supported, or two equal columns.
    """
    descriptor = table["StorageDescriptor"]
    if is_iceberg(table):
        files = [_copy_iceberg(storage, table, folder)]
        descriptor = {**descriptor, "SerdeInfo": {"SerializationLibrary": "parquet"}}
    else:
        files = _fetch_files(storage, parse_uri(descriptor["Location"]), folder)
    size = sum(file.stat().st_size for file in files)
    library = descriptor.get("SerdeInfo", {}).get("SerializationLibrary", "")
    columns, partitions = descriptor["Columns"], table.get("PartitionKeys", ())
    everything = [*columns, *partitions]
    _check_names(table["Name"], everything)
    if not files:
        source = _select_nothing(everything)
    elif "parquet" in library.lower():
        source = _select_parquet(connection, files, everything)
    elif library.endswith("OrcSerde"):
        source = _select_parquet(connection, list(map(_convert_orc, files)), everything)
    elif library.lower().endswith("jsonserde"):
        source = _select_json(files, columns, partitions)
    elif library.endswith(_CSV):
        source = _select_csv(files, columns, partitions, read_options(table))
    else:
        raise QueryFailed(
            f"the format of table {table['Name']} is not supported: {library or 'none is given'}",
            "use Parquet, ORC, JSON or CSV",
        )
    schema, name = quote(table["DatabaseName"]), quote(table["Name"])
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(f"CREATE VIEW {schema}.{name} AS {source}")
    return size


def _check_names(table: str, columns: _Columns) -> None:
    """Raise QueryFailed when a name is that of two columns, or of a column and a partition."""
    for name, count in Counter(one["Name"] for one in columns).items():
        if count > 1:
            raise QueryFailed(
                f"HIVE_INVALID_METADATA: table {table} has two columns {name}",
                "rename the column that has the name of a partition",
            )


def _copy_iceberg(storage: S3Storage, table: Mapping[str, Any], folder: Path) -> Path:
    """Copy the rows of an Iceberg table to a file of Parquet, as its current snapshot has them."""
    require_iceberg()
    from local_test.service.iceberg.tables import copy_rows

    path = folder / "snapshot.parquet"
    copy_rows(storage, table, path)
    return path


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
    scan = f"read_parquet({_list_texts(files)}, union_by_name=true, {_HIVE})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()  # noqa: S608
    present = {row[0].lower() for row in described}
    chosen = [
        _cast(quote(item["Name"]) if item["Name"].lower() in present else "NULL", item)
        for item in columns
    ]
    return f"SELECT {', '.join(chosen)} FROM {scan}"  # noqa: S608


def _convert_orc(file: Path) -> Path:
    """Convert a file of ORC, stripe by stripe, to Parquet beside it; return that."""
    import pyarrow as pa
    from pyarrow import orc
    from pyarrow.parquet import ParquetWriter

    target = file.with_name(f"{file.name}.parquet")
    with file.open("rb") as content, target.open("wb") as copy:
        source = orc.ORCFile(content)
        writer = ParquetWriter(copy, source.schema)
        for stripe in range(source.nstripes):
            writer.write_table(pa.Table.from_batches([source.read_stripe(stripe)]))
        writer.close()
    file.unlink()
    return target


def _select_json(files: Sequence[Path], columns: _Columns, partitions: _Columns) -> str:
    """Return the query of files with one JSON object a line."""
    kinds = ", ".join(f"{_text(item['Name'])}: '{to_duckdb(item['Type'])}'" for item in columns)
    scan = (
        f"read_json({_list_texts(files)}, format='newline_delimited', columns={{{kinds}}}, {_HIVE})"
    )
    chosen = (_cast(quote(item["Name"]), item) for item in (*columns, *partitions))
    return f"SELECT {', '.join(chosen)} FROM {scan}"  # noqa: S608


def _select_csv(
    files: Sequence[Path], columns: _Columns, partitions: _Columns, options: Mapping[str, str]
) -> str:
    r"""Return the query of CSV files; an empty cell of another type than a text is NULL.

    Files with the delimiter `field.delim` have no quotes, and the text of NULL is `\N`.
    """
    delimiter = options.get("field.delim")
    quotes = "" if delimiter is not None else options.get("quoteChar", '"')
    names = ", ".join(f"{_text(item['Name'])}: 'VARCHAR'" for item in columns)
    scan = (
        f"read_csv({_list_texts(files)}, auto_detect=false, null_padding=true, columns={{{names}}},"
        f" delim={_text(delimiter or options.get('separatorChar', ','))},"
        f" quote={_text(quotes)}, escape={_text(quotes)},"
        f" skip={int(options.get('skip.header.line.count', '0'))}, header=false, {_HIVE})"
    )
    chosen = []
    for item in columns:
        cell = quote(item["Name"])
        is_text = to_duckdb(item["Type"]) == "VARCHAR"
        value = f"coalesce({cell}, '')" if is_text else f"nullif({cell}, '')"
        if delimiter is not None:
            value = f"nullif({value}, '\\N')"
        chosen.append(_cast(value, item))
    chosen += [_cast(quote(item["Name"]), item) for item in partitions]
    return f"SELECT {', '.join(chosen)} FROM {scan}"  # noqa: S608


def _select_nothing(columns: _Columns) -> str:
    return f"SELECT {', '.join(_cast('NULL', item) for item in columns)} WHERE false"


def _cast(value: str, item: Mapping[str, str]) -> str:
    return f"CAST({value} AS {to_duckdb(item['Type'])}) AS {quote(item['Name'])}"


def read_options(table: Mapping[str, Any]) -> dict[str, str]:
    """Return how the files of a table of Glue are read: its properties and those of its SerDe."""
    serde = table["StorageDescriptor"].get("SerdeInfo", {})
    return {**table.get("Parameters", {}), **serde.get("Parameters", {})}


def _list_texts(files: Sequence[Path]) -> str:
    return f"[{', '.join(_text(str(file)) for file in files)}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quote(name: str) -> str:
    """Return a name in DuckDB's quotes."""
    return '"' + name.replace('"', '""') + '"'
