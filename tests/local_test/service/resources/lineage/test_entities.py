"""Artifacts, actions, contexts and their associations, with the rules that hold them together."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]


def make_artifact(client: Any, uri: str, **fields: Any) -> str:
    request = {"Source": {"SourceUri": uri}, "ArtifactType": "DataSet", **fields}
    return str(client.create_artifact(**request)["ArtifactArn"])


def make_action(client: Any, name: str, **fields: Any) -> str:
    request = {"ActionName": name, "ActionType": "Build", "Source": {"SourceUri": "u"}, **fields}
    return str(client.create_action(**request)["ActionArn"])


def refuse(call: Any, code: str, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_one_source_is_one_artifact(client: Any) -> None:
    arn = make_artifact(client, "s3://b/once", ArtifactName="once", Properties={"k": "v"})
    message = refuse(
        client.create_artifact,
        "ValidationException",
        Source={"SourceUri": "s3://b/once"},
        ArtifactType="Model",
    )
    assert arn in message
    kinds = [{"SourceIdType": "S3Version", "Value": "7"}]
    other = client.create_artifact(
        Source={"SourceUri": "s3://b/once", "SourceTypes": kinds}, ArtifactType="DataSet"
    )["ArtifactArn"]
    assert other != arn
    found = client.list_artifacts(SourceUri="s3://b/once", SortOrder="Ascending")
    assert [one["ArtifactArn"] for one in found["ArtifactSummaries"]] == [arn, other]
    described = client.describe_artifact(ArtifactArn=arn)
    assert described["ArtifactName"] == "once"
    assert described["Properties"] == {"k": "v"}
    assert described["LineageGroupArn"].endswith("lineage-group/sagemaker-default-lineage-group")
    client.delete_artifact(Source={"SourceUri": "s3://b/once", "SourceTypes": kinds})
    refuse(client.describe_artifact, "ResourceNotFound", ArtifactArn=other)
    assert client.describe_artifact(ArtifactArn=arn)["Source"] == {"SourceUri": "s3://b/once"}


def test_properties_are_replaced_and_removed(client: Any) -> None:
    name = "Changing"
    make_action(client, name, Properties={"a": "1", "b": "2"}, Status="InProgress")
    refuse(
        client.create_action,
        "ValidationException",
        ActionName=name.lower(),
        ActionType="Build",
        Source={"SourceUri": "u"},
    )
    client.update_action(ActionName=name, PropertiesToRemove=["a"], Status="Completed")
    described = client.describe_action(ActionName=name.lower())
    assert (described["ActionName"], described["Properties"]) == (name, {"b": "2"})
    assert described["Status"] == "Completed"
    client.update_action(ActionName=name, Properties={"c": "3"}, Description="third")
    described = client.describe_action(ActionName=described["ActionArn"])
    assert described["Properties"] == {"c": "3"}
    assert (described["Description"], described["Status"]) == ("third", "Completed")
    client.add_tags(ResourceArn=described["ActionArn"], Tags=[{"Key": "t", "Value": "x"}])
    tags = client.list_tags(ResourceArn=described["ActionArn"])["Tags"]
    assert tags == [{"Key": "t", "Value": "x"}]


def test_contexts_are_listed_page_by_page(client: Any) -> None:
    for name in ("p-c", "p-a", "p-b"):
        client.create_context(
            ContextName=name, ContextType="Paged", Source={"SourceUri": f"u:{name}"}
        )
    query = {"ContextType": "Paged", "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 2}
    first = client.list_contexts(**query)
    second = client.list_contexts(**query, NextToken=first["NextToken"])
    names = [one["ContextName"] for page in (first, second) for one in page["ContextSummaries"]]
    assert names == ["p-a", "p-b", "p-c"]
    assert "NextToken" not in second
    found = client.list_contexts(SourceUri="u:p-b")["ContextSummaries"]
    assert [one["ContextName"] for one in found] == ["p-b"]


def test_associations_join_existing_entities_once(client: Any) -> None:
    data, action = make_artifact(client, "s3://b/joined"), make_action(client, "joining")
    missing = action.replace("joining", "nobody")
    refuse(client.add_association, "ResourceNotFound", SourceArn=data, DestinationArn=missing)
    refuse(client.add_association, "ValidationException", SourceArn=data, DestinationArn=data)
    parts = action.replace("action/joining", "experiment-trial-component/{}-aws-training-job")
    refuse(
        client.add_association,
        "ValidationException",
        SourceArn=parts.format("one"),
        DestinationArn=parts.format("two"),
    )
    pair = {"SourceArn": data, "DestinationArn": action}
    client.add_association(**pair, AssociationType="ContributedTo")
    refuse(client.add_association, "ValidationException", **pair)
    [found] = client.list_associations(**pair, AssociationType="ContributedTo")[
        "AssociationSummaries"
    ]
    assert (found["SourceType"], found["DestinationType"]) == ("DataSet", "Build")
    assert found["DestinationName"] == "joining"
    for other in ({"AssociationType": "Produced"}, {"SourceType": "Model"}):
        assert not client.list_associations(SourceArn=data, **other)["AssociationSummaries"]
    assert "associations" in refuse(client.delete_artifact, "ValidationException", ArtifactArn=data)
    client.delete_association(**pair)
    refuse(client.delete_association, "ResourceNotFound", **pair)
    client.delete_artifact(ArtifactArn=data)
    client.delete_action(ActionName="joining")
    refuse(client.describe_action, "ResourceNotFound", ActionName="joining")


def test_an_account_has_one_lineage_group(client: Any) -> None:
    [group] = client.list_lineage_groups()["LineageGroupSummaries"]
    described = client.describe_lineage_group(LineageGroupName=group["LineageGroupName"])
    assert described["LineageGroupArn"] == group["LineageGroupArn"]
    assert described["CreationTime"] == group["CreationTime"]
    for call in (client.describe_lineage_group, client.get_lineage_group_policy):
        refuse(call, "ResourceNotFound", LineageGroupName="another")
    refuse(
        client.get_lineage_group_policy,
        "ResourceNotFound",
        LineageGroupName=group["LineageGroupName"],
    )
