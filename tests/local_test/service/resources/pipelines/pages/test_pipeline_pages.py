"""The console's pages of pipelines: the graph of steps, and executions side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local_test.service.console.pages import answer_request
from local_test.service.resources.pipelines.definition import parse_definition
from local_test.service.resources.pipelines.pages.step_graph import (
    NODE_HEIGHT,
    draw_graph,
    find_link,
)
from local_test.service.resources.pipelines.resource import EXECUTION
from tests.clients.account import REGION
from tests.local_test.service.resources.pipelines.executions.quick_steps import (
    QuickService,
    open_quick_service,
    quick,
)

CONDITION: dict[str, Any] = {
    "Name": "Judge",
    "Type": "Condition",
    "DependsOn": ["Train"],
    "Arguments": {
        "Conditions": [
            {"Type": "Equals", "LeftValue": {"Get": "Parameters.Mode"}, "RightValue": "a<b"}
        ],
        "IfSteps": [quick("Register")],
        "ElseSteps": [quick("Reject")],
    },
}
PARAMETERS = [{"Name": "Mode", "Type": "String", "DefaultValue": "a<b"}]
JOB = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/pipelines-train-1"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickService]:
    with open_quick_service(tmp_path_factory.mktemp("pages")) as opened:
        opened.create("shown", [quick("Train"), CONDITION], Parameters=PARAMETERS)
        yield opened


def read(service: QuickService, path: str, expected: int = 200, **query: list[str]) -> str:
    text = urlencode(query, doseq=True)
    request = Request(EnvironBuilder(path=f"/console/{path}", query_string=text).get_environ())
    answer = answer_request(service.backend, request)
    assert answer.status_code == expected
    return answer.get_data(as_text=True)


def read_graph(page: str) -> dict[str, tuple[str, str]]:
    """Return status and link of each step in the drawing."""
    nodes = re.findall(r'<g class="(\w+)"><title>(.*?)</title>\s*(?:<a href="(.*?)">)?', page)
    return {name: (status, link) for status, name, link in nodes}


def test_an_execution_shows_its_steps_with_their_states_and_jobs(service: QuickService) -> None:
    arn = service.start("shown")
    service.wait(arn)
    name = arn.rpartition("/")[2]
    record = service.backend.records.get(EXECUTION, REGION, name)
    entries = record["Steps"]
    entries[0] |= {
        "Metadata": {"TrainingJob": {"Arn": JOB}},
        "CacheHitResult": {"SourcePipelineExecutionArn": f"{arn}0"},
    }
    service.backend.records.update(EXECUTION, REGION, name, Steps=entries)
    page = read(service, f"execution/{REGION}/{name}")
    assert read_graph(page) == {
        "Train": ("Succeeded", f"/console/training-job/{REGION}/pipelines-train-1"),
        "Judge": ("Succeeded", ""),
        "Register": ("Succeeded", ""),
        "Reject": ("NotStarted", ""),
    }
    assert "Quick · cached" in page
    assert f'from <a href="/console/execution/{REGION}/{name}0">' in page
    assert "a&lt;b" in page
    assert "data-live" not in page
    service.backend.records.update(EXECUTION, REGION, name, PipelineExecutionStatus="Executing")
    assert "data-live" in read(service, f"execution/{REGION}/{name}")
    service.backend.records.update(EXECUTION, REGION, name, PipelineExecutionStatus="Succeeded")


def test_a_pipeline_has_its_executions_with_parameters_side_by_side(service: QuickService) -> None:
    mode = [{"Name": "Mode", "Value": "other"}]
    name = service.start("shown", PipelineParameters=mode, PipelineExecutionDisplayName="second")
    service.wait(name)
    page = read(service, f"pipeline/{REGION}/shown")
    assert set(read_graph(page)) == {"Train", "Judge", "Register", "Reject"}
    [row] = [row for row in page.split("<tr ") if ">second</a>" in row]
    assert f'href="/console/execution/{REGION}/{name.rpartition("/")[2]}"' in row
    assert "<td>other</td>" in row
    assert row == page.split("<tr ")[1]  # the newest is the first
    assert f'href="/console/pipeline/{REGION}/shown"' in read(service, "pipelines")


def test_a_step_is_below_all_that_it_needs_and_no_two_overlap(service: QuickService) -> None:
    described = service.client.describe_pipeline(PipelineName="shown")
    steps = parse_definition(described["PipelineDefinition"]).steps
    graph = draw_graph(steps, {})
    places = {node.name: node for node in graph.nodes}
    for name, step in steps.items():
        assert all(places[name].y >= places[need].y + NODE_HEIGHT for need in step.needs)
    assert len({(node.x, node.y) for node in graph.nodes}) == len(graph.nodes)
    assert {arrow.label for arrow in graph.arrows} == {"", "True", "False"}


@pytest.mark.parametrize(
    ("metadata", "link"),
    [
        ({"TrainingJob": {"Arn": JOB}}, ("training-job", "pipelines-train-1")),
        (
            {"RegisterModel": {"Arn": JOB.replace("training-job/", "model-package/")[:-2] + "/3"}},
            ("model-package", "pipelines-train.3"),
        ),
        ({"Condition": {"Outcome": "True"}}, None),
        (None, None),
    ],
)
def test_a_step_leads_to_what_it_started(metadata: Any, link: tuple[str, str] | None) -> None:
    assert find_link({"Metadata": metadata}) == link


def read_rows(page: str) -> dict[str, tuple[bool, list[str]]]:
    """Return of each row of a comparison whether it differs, and the texts of its cells."""
    rows = {}
    for mark, cells in re.findall(r'<tr( class="differs")?>(<td>.*?)</tr>', page, re.DOTALL):
        texts = re.findall(r"<td>(.*?)</td>", cells, re.DOTALL)
        name, *values = [" ".join(re.sub("<[^>]+>|&nbsp;", " ", one).split()) for one in texts]
        assert name.startswith("≠") == bool(mark)
        rows[name.removeprefix("≠ ")] = (bool(mark), values)
    return rows


def test_executions_are_compared_and_what_differs_is_marked(service: QuickService) -> None:
    parameter = PARAMETERS[0] | {"DefaultValue": "plain"}
    token = {"Name": "ApiToken", "Type": "String", "DefaultValue": "s3cret"}
    service.create("compared", [quick("Train"), CONDITION], Parameters=[parameter, token])
    arns = []
    for mode in ("plain", "a<b"):
        chosen = [{"Name": "Mode", "Value": mode}]
        arns.append(service.start("compared", PipelineParameters=chosen))
        service.wait(arns[-1])
    names = [arn.rpartition("/")[2] for arn in arns]
    for name, loss in zip(names, ("0.5", "0.25"), strict=True):
        entries = service.backend.records.get(EXECUTION, REGION, name)["Steps"]
        entries[0]["Numbers"] = {"loss": loss, "epochs": "3"}
        service.backend.records.update(EXECUTION, REGION, name, Steps=entries)
    page = read(service, f"executions/{REGION}/compared", execution=names)
    rows = read_rows(page)
    assert rows["Mode"] == (True, ["plain", "a&lt;b"])
    assert "s3cret" not in page
    assert rows["Train: loss"] == (True, ["0.5", "0.25"])
    assert rows["Train: epochs"] == (False, ["3", "3"])
    assert not rows["Train"][0]
    differs, cells = rows["Judge"]
    assert differs
    assert [re.sub(r" [0-9.]+ s ", " ", cell) for cell in cells] == [
        *("Succeeded False", "Succeeded True")
    ]
    assert rows["Register"][1][0] == ""
    assert rows["Register"][1][1].startswith("Succeeded")
    newest = read(service, f"executions/{REGION}/compared")
    assert newest.index(names[1]) < newest.index(names[0])
    other = read(service, f"executions/{REGION}/shown", expected=404, execution=names)
    assert f"{names[0]} is no execution of" in other
