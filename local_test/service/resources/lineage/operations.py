"""What lineage provides to the service: operations and types."""

from local_test.service.resources.lineage.association_operations import ASSOCIATION_OPERATIONS
from local_test.service.resources.lineage.entity_operations import ENTITY_OPERATIONS
from local_test.service.resources.lineage.group_operations import GROUP_OPERATIONS
from local_test.service.resources.lineage.query import query_lineage
from local_test.service.resources.lineage.resource import (
    ACTION,
    ARTIFACT,
    ASSOCIATION,
    CONTEXT,
    LINEAGE_GROUP,
)
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={
        **ENTITY_OPERATIONS,
        **ASSOCIATION_OPERATIONS,
        **GROUP_OPERATIONS,
        "QueryLineage": query_lineage,
    },
    types=(ARTIFACT, ACTION, CONTEXT, ASSOCIATION, LINEAGE_GROUP),
)
