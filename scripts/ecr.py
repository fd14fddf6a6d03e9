"""Amazon ECR: a login that never meets a command line, and repositories made when missing."""

import base64
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from scripts.commands import Failure, say


class Ecr:
    """The registry of one account in one region; every method raises Failure in AWS's words."""

    def __init__(self, account: str, region: str, profile: str | None) -> None:
        self._account = account
        try:
            session = boto3.Session(profile_name=profile, region_name=region)
            self._client = session.client("ecr")
        except BotoCoreError as error:
            raise Failure(f"AWS can not be asked: {error}") from error

    def credentials(self) -> dict[str, str]:
        """Give the user name and password of the registry, good for twelve hours."""
        answer = self._ask("get_authorization_token")
        token = answer["authorizationData"][0]["authorizationToken"]
        user, password = base64.b64decode(token).decode().split(":", 1)
        return {"username": user, "password": password}

    def repository(self, name: str) -> str:
        """Give a repository's address; a missing one is made: tags immutable, scanned on push."""
        try:
            found = self._ask("describe_repositories", repositoryNames=[name])
        except _MissingError:
            say(f"Making the repository {name} ...")
            made = self._ask(
                "create_repository",
                repositoryName=name,
                imageTagMutability="IMMUTABLE",
                imageScanningConfiguration={"scanOnPush": True},
            )
            return str(made["repository"]["repositoryUri"])
        return str(found["repositories"][0]["repositoryUri"])

    def _ask(self, operation: str, **request: Any) -> Any:
        if operation != "get_authorization_token":
            request["registryId"] = self._account
        try:
            return getattr(self._client, operation)(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] == "RepositoryNotFoundException":
                raise _MissingError(str(error)) from error
            raise Failure(f"ECR refused {operation}: {error}") from error
        except BotoCoreError as error:
            raise Failure(f"ECR can not be asked: {error}") from error


class _MissingError(Failure):
    """ECR has no repository of this name."""
