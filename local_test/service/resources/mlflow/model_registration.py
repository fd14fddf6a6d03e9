"""Register the versions of MLflow's models in SageMaker's model registry.

Source: SageMaker Developer Guide, "Automatically register SageMaker AI models with SageMaker Model
Registry": the group is named after the model, with six characters of a hash of the server's name.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.backend import Backend
from local_test.service.resources.mlflow.resource import ServerKey

_log = logging.getLogger(__name__)


def name_group(model: str, key: ServerKey) -> str:
    """Return the name of the model package group of a registered model."""
    suffix = hashlib.sha256(key.name.encode()).hexdigest()[:6]
    allowed = re.sub(r"[^A-Za-z0-9-]+", "-", model).strip("-") or "model"
    return f"{allowed[:56]}-{suffix}"


def register_version(backend: Backend, key: ServerKey, version: Mapping[str, Any]) -> None:
    """Create a model package of a registered version, and its group unless it is there.

    MLflow has the version already: an error is logged, and does not fail the request.
    """
    client = backend.aws.client("sagemaker", key.region)
    group = name_group(version["name"], key)
    try:
        try:
            client.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError:
            client.create_model_package_group(
                ModelPackageGroupName=group,
                ModelPackageGroupDescription=f"registered model {version['name']} of {key.arn}",
            )
        client.create_model_package(
            ModelPackageGroupName=group,
            ModelPackageRegistrationType="Registered",
            SourceUri=version["source"],
            ModelPackageDescription=f"version {version['version']} of {version['name']}",
        )
    except ClientError as error:
        _log.warning("%s: %s was not registered: %s", key.arn, version["name"], error)
