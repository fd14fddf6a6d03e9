"""The statements that are done: queries for DuckDB, and statements about the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableName:
    """A table of the catalogue."""

    database: str
    name: str


@dataclass(frozen=True)
class SelectQuery:
    """A query: its SQL for DuckDB and the tables that it reads."""

    sql: str
    tables: Sequence[TableName]


@dataclass(frozen=True)
class FileOptions:
    """The files of a result: their format and compression in capitals, and a text's delimiter."""

    form: str
    compression: str | None = None
    delimiter: str = "\x01"


@dataclass(frozen=True)
class UnloadStatement:
    """UNLOAD: a query whose rows are written to files below `location`."""

    query: SelectQuery
    location: str
    options: FileOptions


@dataclass(frozen=True)
class TableCreation:
    """CREATE EXTERNAL TABLE; `columns` and `partitions` have the types of the catalogue."""

    table: TableName
    columns: Mapping[str, str]
    partitions: Mapping[str, str]
    location: str
    serde: str
    properties: Mapping[str, str] = field(default_factory=dict)
    exists_ok: bool = False


@dataclass(frozen=True)
class CatalogStatement:
    """Another statement about the catalogue: what it does, and a table or a database."""

    verb: str
    table: TableName
    lenient: bool = False


Statement = SelectQuery | UnloadStatement | TableCreation | CatalogStatement


@dataclass(frozen=True)
class QueryResult:
    """The result of a query: the name and the type of each column, and how much was read.

    `unloaded_rows` is the number of rows that UNLOAD wrote.
    """

    columns: Sequence[tuple[str, str]]
    scanned_bytes: int
    unloaded_rows: int = 0
