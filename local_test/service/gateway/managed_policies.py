"""AWS's own policies (`arn:aws:iam::aws:policy/...`) in moto's IAM, which clients attach to roles.

moto would make those of six partitions before it answers its first request for any service, which
took longer than all else at the start. Now the first request for IAM makes its partition's.
"""

import json
import threading

from flask import Flask, request
from moto.utilities.utils import get_partition

from local_test.service.api.json_protocol import read_credential_scope
from local_test.service.api.resource_type import ACCOUNT

_lock = threading.Lock()


def load_before_requests(app: Flask) -> None:
    """Let moto's application of IAM make the policies of a request's partition first."""
    app.before_request(_load_policies)


def _load_policies() -> None:
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy, iam_backends

    region, _ = read_credential_scope(request)
    partition = get_partition(region)
    with _lock:
        for account_id in {ACCOUNT, *iam_backends}:
            backend = iam_backends[account_id][partition]
            if backend.aws_managed_policies:
                continue
            policies = [
                AWSManagedPolicy.from_data(name, account_id, partition, content)
                for name, content in json.loads(aws_managed_policies_data).items()
            ]
            backend.managed_policies |= {policy.arn: policy for policy in policies}
            backend.aws_managed_policies = list(policies)
