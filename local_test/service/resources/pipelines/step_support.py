"""What of a pipeline definition is not supported here, and is refused when a pipeline is created.

Source: the schema of pipeline definitions, 2020-12-01.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.pipelines import retry_policies
from local_test.service.resources.pipelines.steps.registry import KINDS, REFUSED

_PARTS = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps"}
_FIELDS = {
    *("Name", "DisplayName", "Description", "Type", "Arguments", "DependsOn"),
    *("PropertyFiles", "CacheConfig", "RetryPolicies"),
}


def check_parts(definition: Mapping[str, Any]) -> None:
    """Raise ApiError when a definition has a part that would have no effect."""
    for name in sorted(definition.keys() - _PARTS):
        if definition[name]:
            raise invalid(f"{name} of a pipeline definition is not supported. Leave it out.")


def check_step(step: Mapping[str, Any]) -> None:
    """Raise ApiError when a step is of a type that is not run, or a field would have no effect."""
    name, kind = step["Name"], step["Type"]
    if kind not in KINDS:
        reason = f": {REFUSED[kind]}" if kind in REFUSED else ""
        raise invalid(
            f"The step {name} is of the type {kind}, not run here{reason}. "
            f"Use one of: {', '.join(sorted(KINDS))}."
        )
    for field in sorted(step.keys() - _FIELDS - KINDS[kind].fields):
        if step[field]:
            raise invalid(f"{field} of step {name} is not supported. Leave it out.")
    if (step.get("CacheConfig") or {}).get("Enabled") and not KINDS[kind].cached:
        raise invalid(f"CacheConfig of step {name}: a {kind} step has no cache. Leave it out.")
    if step.get("RetryPolicies") and kind not in retry_policies.RETRIED_KINDS:
        raise invalid(
            f"RetryPolicies of step {name}: a {kind} step is not retried. Leave them out."
        )
    KINDS[kind].check(step)
