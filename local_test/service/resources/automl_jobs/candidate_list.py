"""The filter and the order of ListCandidatesForAutoMLJob."""

from collections.abc import Mapping, Sequence
from typing import Any

from local_test.service.storage.records import Record


def sort_candidates(candidates: Sequence[Record], request: Mapping[str, Any]) -> list[Record]:
    """Return candidates filtered and in the order that ListCandidatesForAutoMLJob asks for."""
    chosen = [
        one
        for one in candidates
        if request.get("StatusEquals") in {None, one["CandidateStatus"]}
        and request.get("CandidateNameEquals") in {None, one["CandidateName"]}
    ]
    descending = request.get("SortOrder", "Ascending") == "Descending"
    match request.get("SortBy", "CreationTime"):
        case "FinalObjectiveMetricValue":
            scored = [one for one in chosen if "FinalAutoMLJobObjectiveMetric" in one]
            others = [one for one in chosen if "FinalAutoMLJobObjectiveMetric" not in one]
            scored.sort(
                key=lambda one: float(one["FinalAutoMLJobObjectiveMetric"]["Value"]),
                reverse=descending,
            )
            return scored + others
        case "Status":
            return sorted(chosen, key=lambda one: one["CandidateStatus"], reverse=descending)
    return sorted(chosen, key=lambda one: one["CreationTime"], reverse=descending)
