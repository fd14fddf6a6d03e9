"""The page of a model card: its last version, its versions and its exports."""

from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.model_cards.card_content import parse_content
from local_test.service.resources.model_cards.card_sections import list_sections
from local_test.service.resources.model_cards.resource import EXPORT_JOB, MODEL_CARD
from local_test.service.resources.page import Page
from local_test.service.storage.records import Record


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    return {
        "sections": list_sections(parse_content(record["Content"])),
        "versions": list(reversed(record["Versions"])),
        "exports": [
            job
            for _, job in backend.records.list_all(EXPORT_JOB, region)
            if job["ModelCardName"] == record["ModelCardName"]
        ],
    }


CARD_PAGE = Page(MODEL_CARD, Path(__file__).with_name("model_card.html.jinja"), _fill)
