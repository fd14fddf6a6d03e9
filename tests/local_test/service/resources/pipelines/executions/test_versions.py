"""Versions of a pipeline, requests that are sent twice, and what an execution describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.local_test.service.resources.pipelines.executions.quick_steps import (
    ROLE,
    QuickService,
    open_quick_service,
    quick,
)

TEXT = '{"Version": "2020-12-01", "Steps": [{"Name": "%s", "Type": "Quick", "Arguments": {}}]}'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickService]:
    with open_quick_service(tmp_path_factory.mktemp("versions")) as opened:
        yield opened


def list_versions(client: Any, name: str) -> list[dict[str, Any]]:
    listed = client.list_pipeline_versions(PipelineName=name, SortOrder="Ascending")
    return list(listed["PipelineVersionSummaries"])


def test_each_definition_is_a_version_that_can_run(service: QuickService) -> None:
    client = service.client
    arn = service.create("grows", [quick("A")])
    updated = client.update_pipeline(PipelineName="grows", PipelineDefinition=TEXT % "B")
    described = client.update_pipeline(PipelineName="grows", PipelineDescription="described")
    assert [updated["PipelineVersionId"], described["PipelineVersionId"]] == [2, 2]
    first, second = (service.start("grows", PipelineVersionId=number) for number in (1, 2))
    newest = service.start("grows")
    for execution in (first, second, newest):
        service.wait(execution)
    assert [list(service.list_steps(one)) for one in (first, newest)] == [["A"], ["B"]]
    told = client.describe_pipeline_execution(PipelineExecutionArn=newest)
    assert told["PipelineVersionId"] == 2
    for number, execution in enumerate((first, newest), 1):
        version = list_versions(client, "grows")[number - 1]
        assert version["PipelineVersionId"] == number
        assert version["LastExecutionPipelineExecutionArn"] == execution
    client.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=1, PipelineVersionDisplayName="first"
    )
    assert list_versions(client, "grows")[0]["PipelineVersionDisplayName"] == "first"
    old = client.describe_pipeline(PipelineName="grows", PipelineVersionId=1)
    assert (old["PipelineVersionDisplayName"], '"A"' in old["PipelineDefinition"]) == (
        "first",
        True,
    )
    assert '"B"' in client.describe_pipeline(PipelineName="grows")["PipelineDefinition"]
    with pytest.raises(ClientError, match="has no version 3: PipelineVersionId"):
        service.start("grows", PipelineVersionId=3)


def test_a_deleted_pipeline_leaves_no_versions_behind(service: QuickService) -> None:
    client = service.client
    service.create("short", [quick("A")])
    client.update_pipeline(PipelineName="short", PipelineDefinition=TEXT % "B")
    client.delete_pipeline(PipelineName="short")
    with pytest.raises(ClientError, match="does not exist"):
        list_versions(client, "short")
    service.create("short", [quick("A")])
    assert [one["PipelineVersionId"] for one in list_versions(client, "short")] == [1]


def test_a_request_that_is_sent_again_creates_nothing(service: QuickService) -> None:
    given = {"PipelineName": "once", "PipelineDefinition": TEXT % "A", "RoleArn": ROLE}
    create = service.client.create_pipeline
    first = create(**given, ClientRequestToken="a" * 32)["PipelineArn"]
    assert create(**given, ClientRequestToken="a" * 32)["PipelineArn"] == first
    assert len(list_versions(service.client, "once")) == 1
    for changed in ({"ClientRequestToken": "b" * 32}, {"PipelineDescription": "other"}):
        with pytest.raises(ClientError, match="Pipeline names must be unique"):
            create(**{**given, "ClientRequestToken": "a" * 32, **changed})


def test_an_execution_has_an_experiment_and_a_trial(service: QuickService) -> None:
    client = service.client
    name = {"Std:Join": {"On": "-", "Values": ["of", {"Get": "Execution.PipelineName"}]}}
    service.create("studied", [quick("A")], PipelineExperimentConfig={"ExperimentName": name})
    trials = []
    for _ in range(2):
        arn = service.start("studied")
        service.wait(arn)
        told = client.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert told["PipelineExperimentConfig"]["ExperimentName"] == "of-studied"
        assert told["PipelineExperimentConfig"]["TrialName"] == arn.rpartition("/")[2]
        trials.append(arn.rpartition("/")[2])
    listed = client.list_trials(ExperimentName="of-studied", SortOrder="Ascending")
    assert [trial["TrialName"] for trial in listed["TrialSummaries"]] == trials


def test_executions_have_the_time_of_their_start(service: QuickService) -> None:
    service.create("timed", [quick("A")])
    assert "LastRunTime" not in service.client.describe_pipeline(PipelineName="timed")
    service.wait(service.start("timed"))
    told = service.client.describe_pipeline(PipelineName="timed")
    listed = service.client.list_pipelines(PipelineNamePrefix="timed")["PipelineSummaries"]
    assert [one["LastExecutionTime"] for one in listed] == [told["LastRunTime"]]


def test_an_alias_names_one_version_of_a_pipeline(service: QuickService) -> None:
    client = service.client
    arn = service.create("named", [quick("A")])
    client.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=1, PipelineVersionAliasOperations={"Add": ["live", "a"]}
    )
    change = {"PipelineName": "named", "PipelineDefinition": TEXT % "B"}
    with pytest.raises(ClientError, match="The alias live is of version 1") as taken:
        client.update_pipeline(**change, PipelineVersionAliases=["live"])
    assert taken.value.response["Error"]["Code"] == "ConflictException"
    client.update_pipeline(**change, PipelineVersionAliases=["next"])
    assert (
        '"A"'
        in client.describe_pipeline(PipelineName="named", PipelineVersionAlias="live")[
            "PipelineDefinition"
        ]
    )
    execution = service.start("named", PipelineVersionAlias="live")
    service.wait(execution)
    told = client.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert (told["PipelineVersionId"], told["PipelineVersionAliases"]) == (1, ["live", "a"])
    client.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=1, PipelineVersionAliasOperations={"Remove": ["live"]}
    )
    client.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=2, PipelineVersionAliasOperations={"Add": ["live"]}
    )
    aliases = [one["PipelineVersionAliases"] for one in list_versions(client, "named")]
    assert aliases == [["a"], ["next", "live"]]
    assert client.describe_pipeline(PipelineName="named")["PipelineVersionAliases"] == aliases[1]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Add": ["12"]}, "cannot consist of digits only: 12"),
        ({"Remove": ["none"]}, "Version 1 has no alias none"),
        ({"Add": ["x", "x"]}, "An alias is named twice: x, x"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(
    service: QuickService, change: dict[str, Any], sentence: str
) -> None:
    arn = service.create(f"odd-{len(sentence)}", [quick("A")])
    with pytest.raises(ClientError, match=sentence):
        service.client.update_pipeline_version(
            PipelineArn=arn, PipelineVersionId=1, PipelineVersionAliasOperations=change
        )
    name = arn.rpartition("/")[2]
    with pytest.raises(ClientError, match="has no alias x: PipelineVersionAlias"):
        service.start(name, PipelineVersionAlias="x")
    with pytest.raises(ClientError, match="RoleArn is not for a pipeline of your own"):
        service.start(name, RoleArn=ROLE)
