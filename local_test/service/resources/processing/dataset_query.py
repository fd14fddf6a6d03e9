"""Dataset definitions: the result of a query of Athena as files for a job.

Source: API, AthenaDatasetDefinition.
"""

import threading
from collections.abc import Mapping
from typing import Any

from local_test.errors import UserError
from local_test.service.api.api_errors import invalid
from local_test.service.query.statements import FileOptions
from local_test.service.resources.processing.definitions import Definition
from local_test.service.storage.s3 import S3Uri, parse_uri

_CATALOG = "AwsDataCatalog"
_POLL_SECONDS = 0.1
_RUNNING = ("QUEUED", "RUNNING")


def check_dataset(name: str, dataset: Definition) -> None:
    """Raise ApiError unless a dataset definition is a query of Athena that can be run here."""
    if "RedshiftDatasetDefinition" in dataset:
        raise invalid(
            f"Input {name}: Redshift is not supported by the local service. Use Athena or S3."
        )
    query = dataset["AthenaDatasetDefinition"]
    if query["Catalog"].lower() != _CATALOG.lower():
        raise invalid(
            f"Input {name}: the catalog {query['Catalog']} is not supported by the local service."
            f" Use {_CATALOG}."
        )
    from local_test.service.query.result_files import check_files

    parse_uri(query["OutputS3Uri"])
    check_files(FileOptions(query["OutputFormat"], query.get("OutputCompression")))


def run_dataset_query(
    athena: Any, query: Mapping[str, Any], folder: S3Uri, stop: threading.Event
) -> None:
    """Write the result of a query to files below `folder`, in the format that it asks for.

    When `stop` is set meanwhile, the query is stopped. Raises UserError when it fails.
    """
    compression = query.get("OutputCompression")
    options = f"format = '{query['OutputFormat']}'"
    options += f", compression = '{compression}'" if compression else ""
    sql = query["QueryString"].strip().rstrip(";")
    started = athena.start_query_execution(
        QueryString=f"UNLOAD ({sql}\n) TO '{folder}' WITH ({options})",
        QueryExecutionContext={"Catalog": _CATALOG, "Database": query["Database"]},
        WorkGroup=query.get("WorkGroup", "primary"),
        ResultConfiguration={"OutputLocation": query["OutputS3Uri"]},
    )
    query_id = started["QueryExecutionId"]
    while True:
        found = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        status = found["Status"]
        if status["State"] not in _RUNNING:
            break
        if stop.wait(_POLL_SECONDS):
            athena.stop_query_execution(QueryExecutionId=query_id)
    if status["State"] == "FAILED":
        reason = status.get("StateChangeReason", "").rstrip(".")
        raise UserError(f"the query of a dataset definition failed: {reason}")
