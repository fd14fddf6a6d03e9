"""The role whose credentials a local client has: one with which SageMaker may run jobs.

Clients read its name off the caller's identity, and look it up in IAM. It is created when one of
both is asked for the first time.
"""

import json
import threading
from collections.abc import Callable
from typing import Any

NAME = "AmazonSageMaker-ExecutionRole-local"
SESSION = "SageMaker"
_PATH = "/service-role/"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


class ExecutionRole:
    """The role in each region that is asked; `make_client` gives a client of IAM there."""

    def __init__(self, make_client: Callable[[str], Any]) -> None:
        self._make_client = make_client
        self._lock = threading.Lock()
        self._regions: set[str] = set()

    def prepare(self, region: str) -> None:
        """Create the role, unless this service has looked for it in the region before."""
        if region not in self._regions:
            self.find(region)

    def find(self, region: str) -> dict[str, Any]:
        """Return IAM's description of the role, created if there is none."""
        with self._lock:
            role = _find_role(self._make_client(region))
            self._regions.add(region)
        return role


def _find_role(iam: Any) -> dict[str, Any]:
    """Return IAM's description of the role, created if there is none.

    Source: SageMaker Developer Guide, "How to use SageMaker AI execution roles" (trust policy).
    """
    try:
        role: dict[str, Any] = iam.get_role(RoleName=NAME)["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(
            RoleName=NAME,
            Path=_PATH,
            AssumeRolePolicyDocument=json.dumps(_TRUST),
            Description="Execution role of the local SageMaker",
        )["Role"]
        iam.put_role_policy(
            RoleName=NAME, PolicyName="everything", PolicyDocument=json.dumps(_POLICY)
        )
    return role
