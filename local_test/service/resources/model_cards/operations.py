"""What model cards provide to the service: operations, types and a page."""

from local_test.service.resources.lifecycle import fail_unfinished
from local_test.service.resources.model_cards.card_operations import CARD_OPERATIONS
from local_test.service.resources.model_cards.export_operations import EXPORT_OPERATIONS
from local_test.service.resources.model_cards.page import CARD_PAGE
from local_test.service.resources.model_cards.resource import EXPORT_JOB, MODEL_CARD
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={**CARD_OPERATIONS, **EXPORT_OPERATIONS},
    types=(MODEL_CARD, EXPORT_JOB),
    pages=(CARD_PAGE,),
    restart=fail_unfinished(EXPORT_JOB),
)
