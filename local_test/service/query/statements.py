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
    """A query: its SQL for DuckDB, the tables that it reads, and the text that it comes from.

    `has_names` is False when a column of the result has no name of its own.
    """

    sql: str
    tables: Sequence[TableName]
    text: str
    has_names: bool = True


@dataclass(frozen=True)
class FileOptions:
    """The files of a result: their format and compression in capitals, and a text's delimiter."""

    form: str
    compression: str | None = None
    delimiter: str = "\x01"


@dataclass(frozen=True)
class UnloadStatement:
    """UNLOAD: a query whose rows are written to files below `location`, split by `partitions`."""

    query: SelectQuery
    location: str
    options: FileOptions
    partitions: Sequence[str] = ()


@dataclass(frozen=True)
class TableFromQuery:
    """CREATE TABLE AS: a table with the rows of a query, or with its columns alone.

    `location` is None where the statement does not say where the files are.
    """

    table: TableName
    query: SelectQuery
    options: FileOptions
    location: str | None
    partitions: Sequence[str]
    exists_ok: bool
    has_rows: bool


@dataclass(frozen=True)
class Insertion:
    """INSERT INTO: rows for a table; `columns` are those that the query gives, None for all."""

    table: TableName
    columns: Sequence[str] | None
    query: SelectQuery


@dataclass(frozen=True)
class ViewCreation:
    """CREATE VIEW: a query by name. `sql` is its text, `columns` the names if they are given."""

    table: TableName
    query: SelectQuery
    sql: str
    columns: Sequence[str] | None
    replace: bool


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
    """Another statement about the catalogue: what it does, and a table or a database.

    `pattern` chooses names, with `*` for any text; `cascade` drops a database with its tables.
    """

    verb: str
    table: TableName
    lenient: bool = False
    pattern: str | None = None
    cascade: bool = False


WritingStatement = UnloadStatement | TableFromQuery | Insertion
Statement = SelectQuery | WritingStatement | TableCreation | ViewCreation | CatalogStatement


@dataclass(frozen=True)
class StatementKind:
    """How a statement is described: StatementType, SubstatementType, the end of a result's key."""

    type: str
    detail: str
    suffix: str


_KINDS: Mapping[type, StatementKind] = {
    SelectQuery: StatementKind("DML", "SELECT", ".csv"),
    UnloadStatement: StatementKind("DML", "UNLOAD", ""),
    TableFromQuery: StatementKind("DDL", "CREATE_TABLE_AS_SELECT", ""),
    Insertion: StatementKind("DML", "INSERT", ""),
    TableCreation: StatementKind("DDL", "CREATE_TABLE", ".txt"),
    ViewCreation: StatementKind("DDL", "CREATE_VIEW", ".txt"),
}

WRITING = frozenset(_KINDS[kind].detail for kind in (UnloadStatement, TableFromQuery, Insertion))
"""The SubstatementType of statements that write files and have no rows to read."""


def find_kind(statement: Statement) -> StatementKind:
    """Return how a statement is described."""
    if isinstance(statement, CatalogStatement):
        shows = statement.verb.startswith(("show", "describe"))
        detail = statement.verb.upper().replace(" ", "_")
        return StatementKind("UTILITY" if shows else "DDL", detail, ".txt")
    return _KINDS[type(statement)]


@dataclass(frozen=True)
class QueryResult:
    """The result of a statement: name and type of each column, bytes read, rows written to files.

    `output_rows` and `output_bytes` are those of the result, or of the written files. `is_reused`:
    an earlier query has made it.
    """

    columns: Sequence[tuple[str, str]] = (("result", "varchar"),)
    scanned_bytes: int = 0
    written_rows: int = 0
    output_rows: int = 0
    output_bytes: int = 0
    is_reused: bool = False
