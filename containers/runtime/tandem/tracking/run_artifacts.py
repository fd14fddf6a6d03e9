"""Upload of files to where a run's artifacts lie: through the server, or to S3.

Source: MLflow, 'Artifact Stores': a run's `artifact_uri` is `mlflow-artifacts:` where the server
stores artifacts for its clients, else the place where clients write them themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from tandem.aws.s3_object import put_object
from tandem.errors import UserError
from tandem.tracking.errors import RequestRefusedError, ServerUnreachableError
from tandem.tracking.rest_client import RestClient

_LARGEST = 5 * 1000**3


class RunArtifacts:
    """The artifacts of one run; `aws` are the variables of the AWS SDKs."""

    def __init__(self, client: RestClient, artifact_uri: str, aws: Mapping[str, str]) -> None:
        self._client = client
        self._uri = artifact_uri
        self._aws = aws

    def upload(self, path: str, file: Path) -> None:
        """Upload a file as the artifact `path`.

        Raises RequestRefusedError where this store cannot be written from here, and
        ServerUnreachableError when it does not answer.
        """
        place = urlsplit(self._uri)
        key = f"{place.path.strip('/')}/{path}"
        if file.stat().st_size > _LARGEST:
            raise RequestRefusedError(f"{path} is larger than 5 GB")
        if place.scheme == "mlflow-artifacts":
            self._client.put_artifact(quote(key), file)
        elif place.scheme == "s3":
            try:
                put_object(place.netloc, key, file, self._aws)
            except UserError as error:
                raise ServerUnreachableError(str(error)) from error
        else:
            raise RequestRefusedError(
                f"this image writes artifacts through the server and to S3, not to {self._uri}:"
                " start the server with --serve-artifacts"
            )
