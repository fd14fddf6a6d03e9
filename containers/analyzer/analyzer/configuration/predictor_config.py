"""The model of an analysis configuration: where it is, its requests and its responses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.configuration.checked_fields import FILE, CheckedFields, Column, InvalidConfig

_CONTENT_TYPES = ("text/csv", "application/jsonlines", "application/json")
_ACCEPT_TYPES = ("text/csv", "application/jsonlines", "application/json")
_KNOWN = (
    "endpoint_name",
    "endpoint_name_prefix",
    "model_name",
    "target_model",
    "instance_type",
    "initial_instance_count",
    "content_type",
    "accept_type",
    "label",
    "probability",
    "label_headers",
    "content_template",
    "record_template",
    "custom_attributes",
)
_REFUSED = {
    "accelerator_type": "Elastic Inference has ended.",
    "time_series_predictor_config": "time series are not explained.",
}
_PREFIX = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


@dataclass(frozen=True)
class PredictorConfig:
    """A model to deploy, or an endpoint to use, and what its requests and responses look like."""

    endpoint_name: str | None
    endpoint_prefix: str
    model_name: str | None
    target_model: str | None
    instance_type: str
    instance_count: int
    content_type: str | None
    accept_type: str | None
    label: Column | None
    probability: Column | None
    label_headers: Sequence[str] | None
    content_template: str | None
    record_template: str | None
    custom_attributes: str | None


def read_predictor(fields: CheckedFields) -> PredictorConfig:
    """Read the field `predictor`. Raises InvalidConfig with the field that is wrong."""
    fields.check_names(_KNOWN, _REFUSED)
    headers = fields.get_scalars("label_headers")
    config = PredictorConfig(
        endpoint_name=fields.get_text("endpoint_name"),
        endpoint_prefix=fields.get_text("endpoint_name_prefix") or "sagemaker-clarify",
        model_name=fields.get_text("model_name"),
        target_model=fields.get_text("target_model"),
        instance_type=fields.get_text("instance_type") or "",
        instance_count=fields.get_count("initial_instance_count") or 1,
        content_type=fields.choose("content_type", _CONTENT_TYPES, "") or None,
        accept_type=fields.choose("accept_type", _ACCEPT_TYPES, "") or None,
        label=fields.get_column("label"),
        probability=fields.get_column("probability"),
        label_headers=[str(header) for header in headers] or None,
        content_template=fields.get_text("content_template"),
        record_template=fields.get_text("record_template"),
        custom_attributes=fields.get_text("custom_attributes"),
    )
    _check_model(config)
    _check_templates(config)
    return config


def _check_model(config: PredictorConfig) -> None:
    if (config.endpoint_name is None) == (config.model_name is None):
        raise InvalidConfig(
            f"{FILE}: predictor needs one of the fields model_name and endpoint_name"
        )
    if config.model_name is not None and not config.instance_type:
        raise InvalidConfig(f"{FILE}: missing field predictor.instance_type")
    if not _PREFIX.fullmatch(config.endpoint_prefix):
        raise InvalidConfig(
            f"{FILE}: predictor.endpoint_name_prefix is {config.endpoint_prefix!r}",
            remedy="Use letters, digits and inner hyphens.",
        )


def _check_templates(config: PredictorConfig) -> None:
    template = config.content_template or ""
    if config.content_type == "application/jsonlines" and "$features" not in template:
        raise InvalidConfig(
            f"{FILE}: predictor.content_template has no placeholder $features, which "
            "application/jsonlines needs"
        )
    if config.content_type == "application/json" and (
        "$record" not in template or not config.record_template
    ):
        raise InvalidConfig(
            f"{FILE}: application/json needs predictor.content_template with $records or $record, "
            "and predictor.record_template"
        )
