"""The registry of the types of resources that a stack can have."""

from collections.abc import Mapping

from local_test.service.resources.stacks.kinds.events import RULE
from local_test.service.resources.stacks.kinds.functions import FUNCTION
from local_test.service.resources.stacks.kinds.kind import ResourceKind
from local_test.service.resources.stacks.kinds.roles import ROLE
from local_test.service.resources.stacks.kinds.sagemaker import SAGEMAKER_KINDS
from local_test.service.resources.stacks.kinds.storage import BUCKET

KINDS: Mapping[str, ResourceKind] = {
    **SAGEMAKER_KINDS,
    "AWS::Events::Rule": RULE,
    "AWS::IAM::Role": ROLE,
    "AWS::Lambda::Function": FUNCTION,
    "AWS::S3::Bucket": BUCKET,
}
