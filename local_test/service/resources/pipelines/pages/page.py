"""The pages of a pipeline, with its executions side by side, and of an execution."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.page import Page
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.pages import step_graph
from local_test.service.resources.pipelines.pages.durations import count_seconds, measure_step
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

_SHOWN = 50
_SIZES = {"node_width": step_graph.NODE_WIDTH, "node_height": step_graph.NODE_HEIGHT}


def _fill_pipeline(backend: Backend, region: str, record: Record) -> Mapping[str, Any]:
    definition = parse_definition(record["PipelineDefinition"])
    query = RecordQuery(
        descending=True,
        limit=_SHOWN,
        related=(PIPELINE.arn_field, record[PIPELINE.arn_field]),
    )
    executions, _ = backend.records.find_page(EXECUTION, region, query)
    return {
        **_SIZES,
        "region": region,
        "graph": step_graph.draw_graph(definition.steps, {}),
        "parameters": list(definition.parameters),
        "executions": [_summarize(execution) for execution in executions],
    }


def _summarize(execution: Record) -> Mapping[str, Any]:
    steps = execution["Steps"]
    return {
        "name": execution[EXECUTION.name_field],
        "label": execution.get("PipelineExecutionDisplayName") or execution[EXECUTION.name_field],
        "status": execution[EXECUTION.status_field],
        "version": execution.get("PipelineVersionId") or "",
        "start": execution["CreationTime"],
        "seconds": count_seconds(
            execution["CreationTime"],
            execution["LastModifiedTime"],
            execution[EXECUTION.status_field],
        ),
        "steps": f"{sum(step['StepStatus'] == 'Succeeded' for step in steps)} of {len(steps)}",
        "values": execution["Values"],
    }


def _fill_execution(_backend: Backend, region: str, record: Record) -> Mapping[str, Any]:
    definition = parse_definition(record["PipelineDefinition"])
    entries = {entry["StepName"]: entry for entry in record["Steps"]}
    return {
        **_SIZES,
        "region": region,
        "graph": step_graph.draw_graph(definition.steps, entries),
        "steps": [
            _describe_step(entry, definition.steps[name].kind) for name, entry in entries.items()
        ],
    }


def _describe_step(entry: Record, kind: str) -> Mapping[str, Any]:
    origin = entry.get("CacheHitResult") or entry.get("SelectiveExecutionResult") or {}
    return {
        "name": entry["StepName"],
        "kind": kind,
        "status": entry["StepStatus"],
        "link": step_graph.find_link(entry),
        "note": step_graph.describe_origin(entry),
        "source": origin.get("SourcePipelineExecutionArn", "").rpartition("/")[2],
        "seconds": measure_step(entry),
        "reason": entry.get("FailureReason") or "",
        "outcome": (entry.get("Metadata") or {}).get("Condition", {}).get("Outcome", ""),
    }


PIPELINE_PAGE = Page(PIPELINE, Path(__file__).with_name("pipeline.html.jinja"), _fill_pipeline)
EXECUTION_PAGE = Page(EXECUTION, Path(__file__).with_name("execution.html.jinja"), _fill_execution)
