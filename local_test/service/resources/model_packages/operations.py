"""What the model registry provides to the service: operations, types, events and pages."""

from local_test.service.events.event import format_time
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.lifecycle import fail_unfinished
from local_test.service.resources.model_packages.group_operations import GROUP_OPERATIONS
from local_test.service.resources.model_packages.journal_migration import migrate_journal
from local_test.service.resources.model_packages.package_operations import PACKAGE_OPERATIONS
from local_test.service.resources.model_packages.page import GROUP_PAGE, PACKAGE_PAGE
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, PACKAGE_GROUP
from local_test.service.resources.registration import Registration

_UPDATED = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "ModelLifeCycle",
    "SourceUri",
    "CustomerMetadataProperties",
    "InferenceSpecification",
)
"""The fields of a package whose change is an event, which names them."""

REGISTRATION = Registration(
    operations={**GROUP_OPERATIONS, **PACKAGE_OPERATIONS},
    types=(PACKAGE_GROUP, MODEL_PACKAGE),
    events=(
        StateChangeEvents(
            MODEL_PACKAGE,
            "SageMaker Model Package State Change",
            "DescribeModelPackage",
            ("ModelPackageStatus", *_UPDATED),
            form_time=format_time,
            updates=("UpdatedModelPackageFields", _UPDATED),
        ),
    ),
    restart=fail_unfinished(MODEL_PACKAGE),
    migrate=migrate_journal,
    pages=(GROUP_PAGE, PACKAGE_PAGE),
)
