"""Model cards as Search finds them: with the model, risk and package group of their content."""

from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.service_model import select_fields
from local_test.service.resources.model_cards.card_content import read_searched_fields
from local_test.service.storage.records import Record


def describe_card(record: Record, shape: Shape) -> dict[str, Any]:
    """Return the last version of a card with the fields of its content that are searched."""
    return select_fields(record | read_searched_fields(record["Content"]), shape)
