"""Steps that create a model or register a model package."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.resources.pipelines.steps.immediate_step import ImmediateStep


def _create_model(client: Any, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Create a model and return its description."""
    client.create_model(**{**arguments, "ModelName": name})
    return _describe_model(client, name)


def _describe_model(client: Any, arn: str) -> dict[str, Any]:
    return dict(client.describe_model(ModelName=arn.rpartition("/")[2]))


def _register_model(client: Any, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Create a model package, and its group if it is missing; return the package's description.

    `name` is the token by which the same attempt creates one package alone.

    Source: SDK, RegisterModel, `tags`: they become the tags of a group that the step creates.
    """
    package = {"ClientToken": name, **arguments}
    if group := package.get("ModelPackageGroupName"):
        tags = package.pop("Tags", [])
        try:
            client.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError:
            client.create_model_package_group(ModelPackageGroupName=group, Tags=tags)
    created = client.create_model_package(**package)
    return _describe_package(client, created["ModelPackageArn"])


def _describe_package(client: Any, arn: str) -> dict[str, Any]:
    return dict(client.describe_model_package(ModelPackageName=arn))


MODEL = ImmediateStep("Model", "ModelArn", _create_model, _describe_model, tagged=True)
REGISTER_MODEL = ImmediateStep(
    "RegisterModel", "ModelPackageArn", _register_model, _describe_package
)
