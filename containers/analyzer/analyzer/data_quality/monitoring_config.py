"""The options of checks in `constraints.json`, and what a feature has otherwise.

(Developer Guide, "Schema for Constraints".) `Significance` and `significance_level` are additions
of this analyzer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tandem.errors import UserError, did_you_mean, join_words

COMPARISON_METHODS = ("Robust", "Simple", "Significance")
DRIFT_METHODS = ("LInfinity", "ChiSquared")
_SWITCHES = ("Enabled", "Disabled")
# The SDK writes the first name, the schema in the Developer Guide has the second.
_OVERRIDES = ("monitoring_config_overrides", "monitoringConfigOverrides")


@dataclass(frozen=True)
class MonitoringConfig:
    """The options of one feature; the defaults are those of a suggested baseline."""

    evaluate_constraints: str = "Enabled"
    emit_metrics: str = "Enabled"
    datatype_check_threshold: float = 1.0
    domain_content_threshold: float = 1.0
    perform_comparison: str = "Enabled"
    comparison_threshold: float = 0.1
    comparison_method: str = "Robust"
    categorical_comparison_threshold: float = 0.1
    categorical_drift_method: str = "LInfinity"
    significance_level: float = 0.05

    @property
    def evaluates(self) -> bool:
        """Whether the constraints are checked."""
        return self.evaluate_constraints == "Enabled"

    @property
    def compares(self) -> bool:
        """Whether distributions are compared."""
        return self.evaluates and self.perform_comparison == "Enabled"


def read_config(constraints: Mapping[str, Any], feature: Mapping[str, Any]) -> MonitoringConfig:
    """Return the options of a feature: its overrides over those of the file.

    Raises UserError when an option has no meaning.
    """
    overrides: Mapping[str, Any] = next(
        (feature[name] for name in _OVERRIDES if feature.get(name)), {}
    )
    return _parse({**_flatten(constraints.get("monitoring_config") or {}), **_flatten(overrides)})


def _flatten(options: Mapping[str, Any]) -> dict[str, Any]:
    nested = options.get("distribution_constraints") or {}
    return {**{k: v for k, v in options.items() if k != "distribution_constraints"}, **nested}


def _parse(options: Mapping[str, Any]) -> MonitoringConfig:
    known = {field.name: field.default for field in fields(MonitoringConfig)}
    for name, value in options.items():
        if name not in known:
            raise UserError(
                f"constraints.json: monitoring_config has no option {name!r}",
                remedy=did_you_mean(name, known) or f"The options are {join_words(list(known))}",
            )
        choices = _CHOICES.get(name)
        valid = value in choices if choices else _is_share(value)
        if not valid:
            raise UserError(
                f"constraints.json: {name} is {value!r}",
                remedy=f"It is {join_words(choices, 'or')}" if choices else "Give a number from 0",
            )
    return MonitoringConfig(**options)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "evaluate_constraints": _SWITCHES,
    "emit_metrics": _SWITCHES,
    "perform_comparison": _SWITCHES,
    "comparison_method": COMPARISON_METHODS,
    "categorical_drift_method": DRIFT_METHODS,
}
