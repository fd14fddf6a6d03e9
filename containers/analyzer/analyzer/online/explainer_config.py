"""ClarifyExplainerConfig of an endpoint, as the platform puts it into the model folder.

Source: API, ClarifyExplainerConfig; Developer Guide, "Configure and create an endpoint" (online
explainability). The platform has checked types and names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import jmespath.exceptions  # type: ignore[import-untyped]

from analyzer.configuration.checked_fields import Column
from tandem.errors import UserError

FILE = "explainer.json"
_MEGABYTE = 2**20
_ALWAYS = "`true`"


@dataclass(frozen=True)
class ExplainerConfig:
    """What is explained, how the model is asked, and where its scores are.

    `enable` is a JMESPath that is true for a record to explain. `probability` and `label` are
    places by media type of the model's answer. `max_bytes` and `max_records` bound a request to the
    model.
    """

    enable: str
    feature_headers: Sequence[str] | None
    label_headers: Sequence[str] | None
    features: str | None
    content_template: str
    probability: Mapping[str, Column]
    label: Mapping[str, Column]
    max_bytes: int
    max_records: int | None
    baseline: str
    baseline_type: str
    samples: int | None
    use_logit: bool
    seed: int | None


def read_config(folder: Path) -> ExplainerConfig:
    """Read the configuration in a folder.

    Raises UserError when it is missing, or when a JMESPath is invalid.
    """
    path = folder / FILE
    if not path.is_file():
        raise UserError(
            f"missing {FILE} in {folder}",
            remedy="Start this server through ExplainerConfig of an endpoint configuration.",
        )
    content = json.loads(path.read_text(encoding="utf-8"))
    model, shap = content.get("InferenceConfig", {}), content["ShapConfig"]
    baseline = shap["ShapBaselineConfig"]
    config = ExplainerConfig(
        enable=content.get("EnableExplanations", _ALWAYS),
        feature_headers=model.get("FeatureHeaders"),
        label_headers=model.get("LabelHeaders"),
        features=model.get("FeaturesAttribute"),
        content_template=model.get("ContentTemplate", ""),
        probability=_read_places(model, "Probability"),
        label=_read_places(model, "Label"),
        max_bytes=model.get("MaxPayloadInMB", 6) * _MEGABYTE,
        max_records=model.get("MaxRecordCount"),
        baseline=baseline["ShapBaseline"],
        baseline_type=baseline.get("MimeType", "text/csv"),
        samples=shap.get("NumberOfSamples"),
        use_logit=shap.get("UseLogit", False),
        seed=shap.get("Seed"),
    )
    check_expression(config.enable, "EnableExplanations")
    for name in ("FeaturesAttribute", "ProbabilityAttribute", "LabelAttribute"):
        if name in model:
            check_expression(model[name], f"InferenceConfig.{name}")
    return config


def check_expression(expression: str, field: str) -> None:
    """Raise UserError when a JMESPath is invalid."""
    try:
        jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{field} is no valid JMESPath: {expression!r}: {reason}") from None


def _read_places(model: Mapping[str, Any], name: str) -> dict[str, Column]:
    """Return the index for CSV and the JMESPath for JSON Lines, where they are given."""
    given = {"text/csv": f"{name}Index", "application/jsonlines": f"{name}Attribute"}
    return {media_type: model[field] for media_type, field in given.items() if field in model}
