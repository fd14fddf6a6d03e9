"""The work of a query: from QUEUED to SUCCEEDED, FAILED or CANCELLED."""

import json
import threading
from dataclasses import replace

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError, UserError
from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.threads import Work
from local_test.service.query.query_error import QueryStopped
from local_test.service.query.statements import (
    CatalogStatement,
    QueryResult,
    SelectQuery,
    Statement,
    TableCreation,
    ViewCreation,
)
from local_test.service.resources.athena.parameters import Preparation, read_prepared
from local_test.service.resources.athena.prepared_query import run_preparation
from local_test.service.resources.athena.resource import QUERY_EXECUTION
from local_test.service.resources.athena.result_reuse import reuse_result
from local_test.service.resources.athena.statements.catalog_listing import name_columns
from local_test.service.resources.athena.statements.catalog_statements import run_catalog_statement
from local_test.service.resources.feature_groups.offline_flush import flush_all
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri
from local_test.workspace import open_workspace

RUNNING = ("QUEUED", "RUNNING")
_RESTARTED = "the local service ended while the query ran. Start it again."


def start_query(backend: Backend, region: str, record: Record) -> None:
    """Start a query that was recorded."""
    query_id = record["QueryExecutionId"]
    key = QUERY_EXECUTION.work_key(region, query_id)

    def fail(error: Exception) -> None:
        _finish(backend, region, query_id, "FAILED", f"INTERNAL_ERROR: {error!r}")

    backend.threads.start(key, _make_work(backend, region, record), fail)


def fail_interrupted(backend: Backend) -> None:
    """Fail the queries that ran when the service ended."""
    for region, record in backend.records.list_all(QUERY_EXECUTION, statuses=RUNNING):
        _finish(backend, region, record["QueryExecutionId"], "FAILED", _RESTARTED)


def _make_work(backend: Backend, region: str, record: Record) -> Work:
    query_id = record["QueryExecutionId"]

    def work(stop: threading.Event) -> None:
        if not _move(backend, region, query_id, "RUNNING", StartTime=now()):
            return
        try:
            result = _do(backend, region, record, stop)
        except QueryStopped:
            _finish(backend, region, query_id, "CANCELLED", "The query was stopped.")
        except (LocalError, ApiError, ClientError) as error:
            _finish(backend, region, query_id, "FAILED", str(error))
        else:
            columns = [{"Name": name, "Type": kind} for name, kind in result.columns]
            _move(
                backend,
                region,
                query_id,
                "SUCCEEDED",
                Columns=columns,
                ScannedBytes=result.scanned_bytes,
                WrittenRows=result.written_rows,
                OutputRows=result.output_rows,
                OutputBytes=result.output_bytes,
                IsReused=result.is_reused,
            )

    return work


def _do(backend: Backend, region: str, record: Record, stop: threading.Event) -> QueryResult:
    """Do a query, or take an earlier result of it. Raises QueryFailed or QueryStopped."""
    from local_test.service.query.sql_parser import parse_statement

    if record["Refusal"]:
        raise UserError(record["Refusal"])
    preparation = read_prepared(record["Sql"])
    if isinstance(preparation, Preparation):
        run_preparation(backend, region, record["WorkGroup"], preparation)
        backend.storage(region).write(b"", parse_uri(record["OutputLocation"]), "text/plain")
        return QueryResult()
    earlier = reuse_result(backend, region, record)
    if earlier is not None:
        columns = [(one["Name"], one["Type"]) for one in earlier["Columns"]]
        counts = {"output_rows": earlier["OutputRows"], "output_bytes": earlier["OutputBytes"]}
        return QueryResult(columns, is_reused=True, **counts)
    statement = parse_statement(record["Sql"], record["Database"])
    return _run(backend, region, record, statement, stop)


def _run(
    backend: Backend, region: str, record: Record, statement: Statement, stop: threading.Event
) -> QueryResult:
    """Do a statement and write its result. Raises QueryFailed or QueryStopped."""
    storage, output = backend.storage(region), parse_uri(record["OutputLocation"])
    glue = backend.aws.client("glue", region)
    if isinstance(statement, TableCreation | CatalogStatement):
        lines = run_catalog_statement(glue, storage, statement)
        content = "".join(f"{line}\n" for line in lines).encode()
        storage.write(content, output, "text/plain")
        verb = statement.verb if isinstance(statement, CatalogStatement) else ""
        columns = name_columns(verb)
        return QueryResult(columns, output_rows=len(lines), output_bytes=len(content))
    from local_test.service.query.engine import write_rows
    from local_test.service.resources.athena.statements.file_statements import write_statement
    from local_test.service.resources.athena.statements.query_bench import QueryBench
    from local_test.service.resources.athena.statements.views import create_view

    flush_all(backend, region)  # so that a query sees every record that was acknowledged
    with open_workspace() as folder:
        bench = QueryBench(
            glue,
            storage,
            folder,
            stop,
            record["Sql"],
            record["QueryExecutionId"],
            record["OutputLocation"],
            record["LocationEnforced"],
        )
        if isinstance(statement, ViewCreation):
            storage.write(b"", output, "text/plain")
            return create_view(bench, statement, record["Database"])
        if not isinstance(statement, SelectQuery):
            return write_statement(bench, statement)
        (result, path), scanned = bench.run(statement, write_rows(folder))
        storage.upload(path, output)
    described = [{"Name": name, "Type": kind} for name, kind in result.columns]
    metadata = S3Uri(output.bucket, f"{output.key}.metadata")
    storage.write(json.dumps({"ColumnInfo": described}).encode(), metadata)
    return replace(result, scanned_bytes=scanned)


def _finish(backend: Backend, region: str, query_id: str, state: str, reason: str) -> None:
    _move(backend, region, query_id, state, StateChangeReason=reason)


def _move(backend: Backend, region: str, query_id: str, state: str, **changes: object) -> bool:
    """Set the state of a query that has not ended; return whether it had not."""
    with backend.records.lock():
        record = backend.records.get(QUERY_EXECUTION, region, query_id)
        if record["QueryExecutionStatus"] not in RUNNING:
            return False
        changes |= {"QueryExecutionStatus": state, "LastModifiedTime": now()}
        if state not in RUNNING:
            changes["CompletionTime"] = now()
        backend.records.update(QUERY_EXECUTION, region, query_id, **changes)
    return True
