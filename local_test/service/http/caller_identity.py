"""The identity of callers whose keys nobody issued: an assumed role instead of moto's user.

Keys that `AssumeRole` or `CreateAccessKey` gave out keep their own identity.
"""

import re
from collections.abc import Callable
from typing import Any

from local_test.service import execution_role

_ARN = re.compile(rb"<Arn>arn:([a-z-]+):sts::(\d+):user/moto</Arn>")
_USER = re.compile(rb"<UserId>[^<]*</UserId>")


def name_caller(content: bytes, find_role: Callable[[], dict[str, Any]]) -> bytes:
    """Return STS's response with the execution role in place of moto's default user."""
    match = _ARN.search(content)
    if match is None:
        return content
    partition, account = match[1].decode(), match[2].decode()
    session = execution_role.SESSION
    resource = f"assumed-role/{execution_role.NAME}/{session}"
    arn = f"<Arn>arn:{partition}:sts::{account}:{resource}</Arn>"
    user = f"<UserId>{find_role()['RoleId']}:{session}</UserId>"
    return _USER.sub(user.encode(), _ARN.sub(arn.encode(), content))
