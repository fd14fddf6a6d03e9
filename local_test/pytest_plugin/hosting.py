"""Endpoints of tests."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local_test.engines.image_names import to_image_reference
from local_test.errors import JobError, UserError
from local_test.jobs.job_names import make_job_name
from local_test.pytest_plugin.service import SageMakerService
from local_test.pytest_plugin.training import FinishedTrainingJob

_VARIANT = "AllTraffic"
_LOG_LINES = 20
_POLL_SECONDS = 0.1
_DEPLOY_SECONDS = 900.0
_DELETE_SECONDS = 120.0


@dataclass
class DeployedEndpoint:
    """An endpoint in service; `with` deletes it at the end of the block."""

    service: SageMakerService
    name: str
    deleted: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.delete()

    def invoke(
        self, body: bytes | str, content_type: str = "text/csv", accept: str = "", **request: Any
    ) -> bytes:
        """Send a request and return the body of the answer.

        `request` has further members of InvokeEndpoint. Raises botocore's ClientError for an
        answer of a status of 400 or above.
        """
        if accept:
            request["Accept"] = accept
        answer = self.service.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.name, Body=body, ContentType=content_type, **request
        )
        return bytes(answer["Body"].read())

    def delete(self) -> None:
        """Delete the endpoint, and return when its containers have stopped."""
        if self.deleted:
            return
        self.deleted = True
        sagemaker = self.service.client("sagemaker")
        sagemaker.delete_endpoint(EndpointName=self.name)
        deadline = time.monotonic() + _DELETE_SECONDS
        while sagemaker.list_endpoints(NameContains=self.name)["Endpoints"]:
            if time.monotonic() > deadline:
                raise JobError(f"endpoint {self.name} is not deleted after {_DELETE_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)


@dataclass
class EndpointDeployer:
    """Deploys models on a service; `close` deletes the endpoints that are left."""

    service: SageMakerService
    endpoints: list[DeployedEndpoint] = field(default_factory=list)

    def __call__(
        self,
        *models: FinishedTrainingJob | Path | str,
        image: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> DeployedEndpoint:
        """Deploy models and return the endpoint when it is in service.

        A model is a training job, a model.tar.gz, or its S3 URI; the latter two need `image`.
        Several models become a serial inference pipeline. Raises JobError, with the end of the
        containers' log, when the endpoint does not come into service.
        """
        if not models:
            raise UserError("there is no model to deploy", "give endpoint(...) one or more")
        name, sagemaker = make_job_name("test"), self.service.client("sagemaker")
        containers = [self._describe(model, image, environment or {}) for model in models]
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=self.service.role, Containers=containers
        )
        variant = {
            "VariantName": _VARIANT,
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        endpoint = DeployedEndpoint(self.service, name)
        self.endpoints.append(endpoint)
        self._wait(name)
        return endpoint

    def close(self) -> None:
        """Delete the endpoints that the tests have not deleted."""
        for endpoint in self.endpoints:
            endpoint.delete()

    def _describe(
        self, model: FinishedTrainingJob | Path | str, image: str, environment: Mapping[str, str]
    ) -> dict[str, Any]:
        if isinstance(model, FinishedTrainingJob):
            reference, uri = model.image, model.model
        elif image:
            reference = ""
            uri = model if isinstance(model, str) else self.service.upload(model)
        else:
            raise UserError(f"no image is given for the model {model}", "add image='NAME'")
        return {
            "Image": to_image_reference(image) if image else reference,
            "ModelDataUrl": uri,
            "Environment": dict(environment),
        }

    def _wait(self, name: str) -> None:
        sagemaker, deadline = self.service.client("sagemaker"), time.monotonic() + _DEPLOY_SECONDS
        while True:
            found = sagemaker.describe_endpoint(EndpointName=name)
            status = found["EndpointStatus"]
            if status == "InService":
                return
            if status != "Creating" or time.monotonic() > deadline:
                group = f"/aws/sagemaker/Endpoints/{name}"
                lines = self.service.read_log(group, _VARIANT)[-_LOG_LINES:]
                reason = found.get("FailureReason", "")
                raise JobError("\n".join((f"endpoint {name} is {status}: {reason}", *lines)))
            time.sleep(_POLL_SECONDS)
