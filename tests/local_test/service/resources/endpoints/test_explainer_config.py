"""ExplainerConfig: what is refused when it is created, deployed or invoked."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account
from tests.local_test.service.resources.test_endpoints import (
    ask,
    config,
    container,
    endpoint,
    model,
)

MACHINE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
INLINE = {"ShapBaseline": "0,0"}


@pytest.fixture(scope="module")
def explained(account: Account) -> Account:
    """The service with a model `explained`."""
    account.bucket("standins")
    model(account, "explained", container(account, "explained"))
    return account


def configure(
    account: Account, name: str, baseline: dict[str, str], *, machine: Any = None, **more: Any
) -> None:
    clarify = {"ShapConfig": {"ShapBaselineConfig": baseline}}
    clarify |= more.pop("clarify", {})
    variant = {"VariantName": "v", "ModelName": "explained", **(machine or MACHINE)}
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant],
        ExplainerConfig={"ClarifyExplainerConfig": clarify},
        **more,
    )


TEXT = {"Language": "en", "Granularity": "token"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"baseline": {}}, "either a ShapBaseline or a ShapBaselineUri"),
        (
            {"baseline": INLINE | {"ShapBaselineUri": "s3://standins/b.csv"}},
            "either a ShapBaseline or a ShapBaselineUri",
        ),
        ({"baseline": INLINE | {"MimeType": "application/json"}}, "MimeType application/json"),
        (
            {"clarify": {"InferenceConfig": {"ContentTemplate": "{}"}}},
            r"ContentTemplate needs the placeholder \$features",
        ),
        (
            {
                "clarify": {
                    "ShapConfig": {"ShapBaselineConfig": INLINE, "TextConfig": TEXT},
                }
            },
            r"ShapConfig\.TextConfig of CreateEndpointConfig is not supported .* text is not expl",
        ),
        (
            {"clarify": {"InferenceConfig": {"FeatureTypes": ["text"]}}},
            r"InferenceConfig\.FeatureTypes of CreateEndpointConfig is not supported",
        ),
        (
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://standins/o"}}},
            "ExplainerConfig of an asynchronous endpoint",
        ),
        (
            {"machine": {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}},
            "ExplainerConfig beside a ServerlessConfig: variant v",
        ),
    ],
)
def test_a_configuration_that_cannot_be_explained_is_refused(
    explained: Account, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence):
        configure(explained, "refused", **({"baseline": INLINE} | changes))
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        explained.sagemaker.describe_endpoint_config(EndpointConfigName="refused")


@pytest.mark.parametrize(
    ("name", "baseline", "clarify", "sentence"),
    [
        ("bad-path", INLINE, {"EnableExplanations": "[0"}, "EnableExplanations is no valid JMESP"),
        ("no-baseline", {"ShapBaselineUri": "s3://standins/none.csv"}, {}, "none.csv"),
    ],
)
def test_an_explainer_that_does_not_start_fails_the_endpoint(
    explained: Account, name: str, baseline: dict[str, str], clarify: dict[str, str], sentence: str
) -> None:
    configure(explained, name, baseline, clarify=clarify)
    told = endpoint(explained, name)
    assert told["EndpointStatus"] == "Failed"
    assert sentence in told["FailureReason"]


def test_an_endpoint_without_an_explainer_refuses_the_expression(explained: Account) -> None:
    config(explained, "unexplained", explained=1)
    endpoint(explained, "unexplained")
    with pytest.raises(ClientError, match="unexplained has no ExplainerConfig") as refused:
        ask(explained, "unexplained", EnableExplanations="`true`")
    assert refused.value.response["Error"]["Code"] == "ValidationError"
