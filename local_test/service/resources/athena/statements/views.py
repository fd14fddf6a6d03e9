"""CREATE VIEW: a query that the catalogue keeps.

Source: Athena User Guide, 'CREATE VIEW'.
"""

from local_test.service.query.column_types import to_catalog
from local_test.service.query.query_error import QueryFailed
from local_test.service.query.statements import QueryResult, ViewCreation
from local_test.service.query.view_text import VIEW, write_view
from local_test.service.resources.athena.statements.catalog_statements import (
    list_columns,
    require_database,
)
from local_test.service.resources.athena.statements.catalog_tables import get_table
from local_test.service.resources.athena.statements.query_bench import QueryBench


def create_view(bench: QueryBench, statement: ViewCreation, database: str) -> QueryResult:
    """Keep a view in the catalogue; tables without a database in its query are of `database`.

    Raises QueryFailed when its query has a mistake, or another table has its name.
    """
    name = statement.table
    require_database(bench.glue, name.database)
    found = get_table(bench.glue, name)
    if found is not None and (not statement.replace or found.get("TableType") != VIEW):
        what = "View" if found.get("TableType") == VIEW else "Table"
        raise QueryFailed(
            f"ALREADY_EXISTS: line 1:1: {what} 'awsdatacatalog.{name.database}.{name.name}' already"
            " exists",
            "use CREATE OR REPLACE VIEW for a view, or choose another name",
        )
    described, _ = bench.run(
        statement.query, lambda connection, sql: connection.execute(f"DESCRIBE {sql}").fetchall()
    )
    names = statement.columns or [str(row[0]).lower() for row in described]
    if len(names) != len(described):
        raise QueryFailed(
            f"MISMATCHED_COLUMN_ALIASES: line 1:1: {len(names)} columns for {len(described)}",
            "name each column of the query",
        )
    columns = list_columns(
        {one: to_catalog(one, str(row[1])) for one, row in zip(names, described, strict=True)}
    )
    table = {
        "Name": name.name,
        "TableType": VIEW,
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": write_view(statement.sql, database, columns),
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": columns, "Location": "", "SerdeInfo": {}},
    }
    save = bench.glue.create_table if found is None else bench.glue.update_table
    save(DatabaseName=name.database, TableInput=table)
    return QueryResult()
