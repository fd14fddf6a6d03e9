"""Model cards: versions, statuses, the schema of their content, and exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from tests.clients.account import ROLE, name_image
from tests.local_test.service.in_process import open_service

CONTENT = {
    "model_overview": {
        "model_id": "houses",
        "model_description": "Prices of houses — prix à Zürich, 価格",
        "model_artifact": ["s3://b/model.tar.gz"],
    },
    "intended_uses": {"purpose_of_model": "Estimates", "risk_rating": "Low"},
    "evaluation_details": [
        {
            "name": "hold-out",
            "datasets": ["s3://b/test"],
            "metric_groups": [
                {
                    "name": "errors",
                    "metric_data": [
                        {"name": "rmse", "type": "number", "value": 0.125},
                        {"name": "confusion", "type": "matrix", "value": [[1, 2], [3, 4]]},
                        {"name": "passed", "type": "boolean", "value": True},
                    ],
                }
            ],
        }
    ],
    "additional_information": {"custom_details": {"reviewed by": "nobody"}},
}
"""A card with texts beyond the font of the PDF."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    with open_service(tmp_path_factory.mktemp("cards")) as opened:
        yield opened


@pytest.fixture
def client(service: tuple[Backend, Any]) -> Any:
    return service[1]


def create(client: Any, name: str, content: Any = None) -> str:
    text = json.dumps(CONTENT if content is None else content)
    answer = client.create_model_card(ModelCardName=name, Content=text, ModelCardStatus="Draft")
    return str(answer["ModelCardArn"])


def refuse(call: Any, code: str, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_another_content_is_another_version(client: Any) -> None:
    arn = create(client, "Versions")
    other = json.dumps({"model_overview": {"model_name": "second"}})
    both = {"ModelCardName": "Versions", "Content": other, "ModelCardStatus": "Approved"}
    refuse(client.update_model_card, "ValidationException", **both)
    client.update_model_card(ModelCardName=arn, Content=other)
    client.update_model_card(ModelCardName="Versions", ModelCardStatus="Approved")
    described = client.describe_model_card(ModelCardName="Versions")
    assert (described["ModelCardVersion"], described["ModelCardStatus"]) == (2, "Approved")
    assert described["Content"] == other
    first = client.describe_model_card(ModelCardName=arn, ModelCardVersion=1)
    assert json.loads(first["Content"]) == CONTENT
    assert first["ModelCardStatus"] == "Draft"
    found = client.list_model_card_versions(ModelCardName="Versions", SortOrder="Ascending")
    versions = found["ModelCardVersionSummaryList"]
    assert [(one["ModelCardVersion"], one["ModelCardStatus"]) for one in versions] == [
        (1, "Draft"),
        (2, "Approved"),
    ]
    refuse(client.describe_model_card, "ResourceNotFound", ModelCardName=arn, ModelCardVersion=3)


def test_the_content_of_an_archived_card_stays(client: Any) -> None:
    create(client, "archived")
    client.update_model_card(ModelCardName="archived", ModelCardStatus="Archived")
    change = {"ModelCardName": "archived", "Content": "{}"}
    assert "Archived" in refuse(client.update_model_card, "ConflictException", **change)
    client.update_model_card(ModelCardName="archived", ModelCardStatus="Draft")
    client.update_model_card(**change)


def test_metadata_alone_tells_no_contents(client: Any) -> None:
    create(client, "secret")
    answer = client.describe_model_card(ModelCardName="secret", IncludedData="MetadataOnly")
    assert json.loads(answer["Content"]) == {
        "model_overview": {"model_id": "houses"},
        "intended_uses": {"risk_rating": "Low"},
    }


def test_cards_are_unique_listed_and_deleted(client: Any) -> None:
    create(client, "Listed-a")
    create(client, "listed-b")
    message = refuse(
        client.create_model_card,
        "ConflictException",
        ModelCardName="listed-a",
        Content="{}",
        ModelCardStatus="Draft",
    )
    assert "already exists" in message
    client.update_model_card(ModelCardName="listed-b", ModelCardStatus="PendingReview")
    query = {"NameContains": "listed", "SortBy": "Name", "SortOrder": "Ascending"}
    names = [one["ModelCardName"] for one in client.list_model_cards(**query)["ModelCardSummaries"]]
    assert names == ["Listed-a", "listed-b"]
    found = client.list_model_cards(**query, ModelCardStatus="PendingReview")
    assert [one["ModelCardName"] for one in found["ModelCardSummaries"]] == ["listed-b"]
    client.delete_model_card(ModelCardName="Listed-a")
    refuse(client.describe_model_card, "ResourceNotFound", ModelCardName="Listed-a")
    refuse(client.delete_model_card, "ResourceNotFound", ModelCardName="Listed-a")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[]", "JSON object"),
        ("{", "JSON"),
        ('{"nonsense": 1}', "nonsense"),
        ('{"model_overview": {"model_version": NaN}}', "NaN"),
        ('{"intended_uses": {"risk_rating": "Huge"}}', "risk_rating"),
        ('{"evaluation_details": [{}]}', "name"),
        ('{"business_details": {"business_problem": "' + "x" * 2049 + '"}}', "business_problem"),
        (
            json.dumps(
                {
                    "evaluation_details": [
                        {
                            "name": "e",
                            "metric_groups": [
                                {
                                    "name": "g",
                                    "metric_data": [
                                        {"name": "m", "type": "bar_chart", "value": [[1]]}
                                    ],
                                }
                            ],
                        }
                    ]
                }
            ),
            "metric_data",
        ),
    ],
)
def test_a_content_that_does_not_fit_the_schema_is_refused(
    client: Any, content: str, named: str
) -> None:
    message = refuse(
        client.create_model_card,
        "ValidationException",
        ModelCardName="bad",
        Content=content,
        ModelCardStatus="Draft",
    )
    assert named in message
    refuse(client.describe_model_card, "ResourceNotFound", ModelCardName="bad")


def search_cards(client: Any, **properties: str) -> list[str]:
    filters = [{"Name": name, "Value": value} for name, value in properties.items()]
    found = client.search(Resource="ModelCard", SearchExpression={"Filters": filters})
    return sorted(one["ModelCard"]["ModelCardName"] for one in found["Results"])


def test_a_card_is_found_by_its_model_risk_and_package_group(client: Any) -> None:
    package = {"model_package_arn": "package/1", "model_package_group_name": "searched"}
    uses = {"intended_uses": {"risk_rating": "High"}}
    create(client, "searched-package", {"model_package_details": package} | uses)
    create(client, "searched-model", {"model_overview": {"model_id": "searched-1"}} | uses)
    client.update_model_card(
        ModelCardName="searched-model",
        Content=json.dumps({"model_overview": {"model_id": "searched-2"}} | uses),
    )
    assert search_cards(client, ModelId="searched-2") == ["searched-model"]
    assert search_cards(client, ModelId="searched-1") == []
    assert search_cards(client, ModelId="package/1") == ["searched-package"]
    assert search_cards(client, ModelPackageGroupName="searched") == ["searched-package"]
    assert search_cards(client, RiskRating="High") == ["searched-model", "searched-package"]


def test_a_model_is_found_with_the_card_that_was_modified_last(client: Any) -> None:
    image = {"Image": name_image("xgboost")}
    arn = client.create_model(ModelName="carded", ExecutionRoleArn=ROLE, PrimaryContainer=image)[
        "ModelArn"
    ]
    for name in ("carded-1", "carded-2"):
        create(client, name, {"model_overview": {"model_id": arn}})
    client.update_model_card(ModelCardName="carded-1", ModelCardStatus="Approved")
    filters = [{"Name": "ModelCard.ModelCardStatus", "Value": "Approved"}]
    [found] = client.search(Resource="Model", SearchExpression={"Filters": filters})["Results"]
    assert found["Model"]["Model"]["ModelName"] == "carded"
    card = found["Model"]["ModelCard"]
    assert (card["ModelCardName"], card["ModelId"]) == ("carded-1", arn)


def test_a_metric_group_has_a_name_of_any_length_but_none(client: Any) -> None:
    # The SDK names groups of a bias report so, in 64 characters.
    name = "post_training_bias_metrics - label Target = 1 and facet Gender=1"
    for given in (name, ""):
        group = {"name": given, "metric_data": []}
        content = json.dumps({"evaluation_details": [{"name": "e", "metric_groups": [group]}]})
        request = {"ModelCardName": "long-name", "Content": content, "ModelCardStatus": "Draft"}
        if given:
            client.create_model_card(**request)
        else:
            said = refuse(client.create_model_card, "ValidationException", **request)
            assert "evaluation_details[0].metric_groups[0].name" in said
