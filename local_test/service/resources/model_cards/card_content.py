"""The content of a model card: checked against its schema."""

import json
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_schemas import find_schema_error
from local_test.service.resources.model_cards.card_schema import (
    CARD_SCHEMA,
    PACKAGE_CARD_SCHEMA,
    Schema,
)

_ADVICE = "The Developer Guide has the schema of model cards"


def parse_content(text: str, *, of_package: bool = False) -> Schema:
    """Return the content of a card, or of a model package's card.

    Raises ApiError when it is not JSON or does not fit its schema.
    """
    field = "ModelCardContent" if of_package else "Content"
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(f"{field} is not JSON: {error}. Send a JSON object.") from error
    if not isinstance(content, dict):
        raise invalid(f"{field} is not a JSON object. Send one. {_ADVICE}.")
    problem = find_schema_error(content, PACKAGE_CARD_SCHEMA if of_package else CARD_SCHEMA)
    if problem is not None:
        place = problem.json_path.removeprefix("$.")
        where = "top level" if place == "$" else place
        raise invalid(
            f"{field} does not fit the model card schema: {where}: {problem.message}. {_ADVICE}."
        )
    return content


def read_searched_fields(text: str) -> dict[str, str]:
    """Return what Search knows of a content: `ModelId`, `RiskRating`, `ModelPackageGroupName`.

    The card of a model package has the package's ARN as its `ModelId`.
    Source: API, ModelCard; SageMaker Python SDK, `sagemaker.model_card`, which searches for them.
    """
    content = json.loads(text)
    overview = content.get("model_overview", {})
    package = content.get("model_package_details", {})
    fields = {
        "ModelId": overview.get("model_id") or package.get("model_package_arn"),
        "RiskRating": content.get("intended_uses", {}).get("risk_rating"),
        "ModelPackageGroupName": package.get("model_package_group_name"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
