"""The role whose credentials a local client has: one with which SageMaker may run jobs.

Clients read its name off the caller's identity, and look it up in IAM.
"""

import json
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


def find_role(iam: Any) -> dict[str, Any]:
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
