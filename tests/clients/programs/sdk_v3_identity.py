"""The first calls of a program with version 3 of the SageMaker SDK: who runs it, and where."""

import json

from sagemaker.core.helper.iam_role_resolver import resolve_and_validate_role
from sagemaker.core.helper.session_helper import Session, get_execution_role

session = Session()
role = get_execution_role(session)
print(
    json.dumps(
        [
            role,
            session.default_bucket(),
            resolve_and_validate_role(role, "training", session),
            resolve_and_validate_role(None, "training", session),
        ]
    )
)
