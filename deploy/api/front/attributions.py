"""Attributions of predictions, the most important column first."""

from __future__ import annotations

import json
from typing import Any

from .problems import Problem


def rank(body: str) -> str:
    """Return an explained answer of the endpoint with lists of columns instead of objects.

    A list is sorted by the attributions' sizes; of several classes there is one for each. Raises
    Problem for an answer without attributions.
    """
    try:
        answer = json.loads(body)
        rows = [
            {**row, "attributions": _rank_row(row["attributions"])} for row in answer["predictions"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        cause = f"an answer without attributions: {error!r}"
        raise Problem(502, "The model gives no explanation.", cause=cause) from error
    return json.dumps({**answer, "predictions": rows}, ensure_ascii=False)


def _rank_row(found: Any) -> list[Any]:
    if isinstance(found, list):
        return [_rank_row(each) for each in found]
    ranked = sorted(found.items(), key=lambda item: -abs(item[1]))
    return [{"column": column, "attribution": value} for column, value in ranked]
