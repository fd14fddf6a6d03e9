"""`/console/executions/REGION/PIPELINE`: executions of a pipeline side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.secret_names import MASK, looks_secret
from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.page import Rendered, View
from local_test.service.resources.pipelines.executions.step_numbers import NUMBERS_FIELD
from local_test.service.resources.pipelines.pages import step_graph
from local_test.service.resources.pipelines.pages.durations import count_seconds, measure_step
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE, find_pipeline
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

_PARTS = 2
_UNCHOSEN, _MOST = 4, 8


@dataclass(frozen=True)
class ComparedValue:
    """What one execution has in a row; `status` is that of a step, `link` path and name of a page.

    `text` and `status` are what is compared; the time of a step is not.
    """

    text: str = ""
    status: str = ""
    time: str = ""
    link: tuple[str, str] | None = None


@dataclass(frozen=True)
class ComparedRow:
    """One thing of all executions, in their order: a parameter, a step or a metric."""

    name: str
    cells: Sequence[ComparedValue]

    @property
    def differs(self) -> bool:
        """Whether the executions differ in it."""
        return len({(cell.text, cell.status) for cell in self.cells}) > 1


def answer(
    backend: Backend, parts: Sequence[str], arguments: Mapping[str, Sequence[str]]
) -> Rendered | None:
    """Return the page of a pipeline; it compares the chosen executions, else the newest ones.

    Raises ApiError when the pipeline or a chosen execution does not exist.
    """
    if len(parts) != _PARTS:
        return None
    region, name = parts
    chosen = arguments.get("execution", ())
    if len(chosen) > _MOST:
        raise invalid(f"{len(chosen)} executions are chosen. Go back and choose at most {_MOST}.")
    records = _find_executions(backend, region, find_pipeline(backend, region, name), chosen)
    values = {
        "region": region,
        "pipeline": name,
        "executions": [_describe(record) for record in records],
        "groups": compare(records),
    }
    return Rendered("comparison", values)


def compare(records: Sequence[Record]) -> dict[str, list[ComparedRow]]:
    """Return the rows of executions by the part that they belong to."""
    entries = [{entry["StepName"]: entry for entry in record["Steps"]} for record in records]
    names = dict.fromkeys(name for steps in entries for name in steps)
    parameters = dict.fromkeys(name for record in records for name in record["Values"])
    numbers = [dict(_list_numbers(steps)) for steps in entries]
    return {
        "Parameters": [
            ComparedRow(name, [_show_parameter(name, record["Values"]) for record in records])
            for name in parameters
        ],
        "Steps": [
            ComparedRow(name, [_show_step(steps.get(name)) for steps in entries]) for name in names
        ],
        "Metrics": [
            ComparedRow(name, [ComparedValue(found.get(name, "")) for found in numbers])
            for name in dict.fromkeys(name for found in numbers for name in found)
        ],
    }


def _find_executions(
    backend: Backend, region: str, pipeline: Record, chosen: Sequence[str]
) -> list[Record]:
    arn = pipeline[PIPELINE.arn_field]
    if not chosen:
        query = RecordQuery(descending=True, limit=_UNCHOSEN, related=(PIPELINE.arn_field, arn))
        return list(backend.records.find_page(EXECUTION, region, query)[0])
    records = [backend.records.get(EXECUTION, region, name) for name in chosen]
    for record in records:
        if record[PIPELINE.arn_field] != arn:
            name = record[EXECUTION.name_field]
            raise invalid(f"{name} is no execution of {arn}. Go back and choose another one.")
    return records


def _describe(record: Record) -> Mapping[str, Any]:
    name, status = record[EXECUTION.name_field], record[EXECUTION.status_field]
    return {
        "name": name,
        "label": record.get("PipelineExecutionDisplayName") or name,
        "status": status,
        "start": record["CreationTime"],
        "seconds": count_seconds(record["CreationTime"], record["LastModifiedTime"], status),
    }


def _show_parameter(name: str, values: Mapping[str, Any]) -> ComparedValue:
    if name not in values:
        return ComparedValue()
    return ComparedValue(MASK if looks_secret(name) else str(values[name]))


def _show_step(entry: Record | None) -> ComparedValue:
    if entry is None:
        return ComparedValue()
    outcome = (entry.get("Metadata") or {}).get("Condition", {}).get("Outcome", "")
    note = " ".join(filter(None, (outcome, step_graph.describe_origin(entry))))
    link = step_graph.find_link(entry)
    return ComparedValue(note, entry["StepStatus"], measure_step(entry), link)


def _list_numbers(entries: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    for step, entry in entries.items():
        for name, text in (entry.get(NUMBERS_FIELD) or {}).items():
            yield f"{step}: {name}", text


COMPARISON = View("executions", Path(__file__).parent, answer)
