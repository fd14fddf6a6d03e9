"""What the feature store provides to the service: operations, types and a page."""

from local_test.service.resources.feature_groups.feature_metadata import METADATA_OPERATIONS
from local_test.service.resources.feature_groups.group_operations import GROUP_OPERATIONS
from local_test.service.resources.feature_groups.group_work import resume_work
from local_test.service.resources.feature_groups.page import GROUP_PAGE
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP, FEATURE_METADATA
from local_test.service.resources.feature_groups.runtime.routes import RECORDS
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={**GROUP_OPERATIONS, **METADATA_OPERATIONS},
    types=(FEATURE_GROUP, FEATURE_METADATA),
    restart=resume_work,
    routes=(RECORDS,),
    pages=(GROUP_PAGE,),
)
