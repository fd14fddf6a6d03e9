"""Amazon ECR: a login that never meets a command line, and repositories made when missing."""

import base64
import json
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from scripts.checkout.shell import Failure, say

# Every tag stays for its image's lifetime, and an endpoint pulls its image again when it grows:
# nothing young goes, and of what is tagged only what a hundred newer builds have followed.
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "Images without a tag go after 14 days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 14,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "The newest 100 images stay",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": 100,
            },
            "action": {"type": "expire"},
        },
    ]
}


class Ecr:
    """The registry of one account in one region; every method raises Failure in AWS's words."""

    def __init__(self, account: str, region: str, profile: str | None) -> None:
        self._account = account
        try:
            session = boto3.Session(profile_name=profile, region_name=region)
            self._client = session.client("ecr")
        except BotoCoreError as error:
            raise Failure(f"AWS can not be asked: {error}") from error

    def read_credentials(self) -> dict[str, str]:
        """Return the user name and password of the registry, good for twelve hours."""
        answer = self._call("get_authorization_token")
        token = answer["authorizationData"][0]["authorizationToken"]
        user, password = base64.b64decode(token).decode().split(":", 1)
        return {"username": user, "password": password}

    def find_repository(self, name: str) -> str:
        """Return a repository's address.

        A missing one is made, one that is there stays as it is.
        """
        try:
            answer = self._call("describe_repositories", repositoryNames=[name])
        except _MissingError:
            return self._create(name)
        found = answer["repositories"][0]
        if not str(found["imageTagMutability"]).startswith("IMMUTABLE"):
            say(f"The repository {name} lets a tag be moved: its tags are not immutable.")
        return str(found["repositoryUri"])

    def _create(self, name: str) -> str:
        """Make a repository: tags immutable, images scanned on push, old ones let go."""
        say(f"Making the repository {name} ...")
        made = self._call(
            "create_repository",
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
        policy = json.dumps(LIFECYCLE)
        self._call("put_lifecycle_policy", repositoryName=name, lifecyclePolicyText=policy)
        return str(made["repository"]["repositoryUri"])

    def _call(self, operation: str, **request: Any) -> Any:
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
