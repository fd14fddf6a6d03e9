"""`analysis_config.json`: the data set, the model and the methods of a Clarify job.

Source: Developer Guide, "Analysis Configuration Files", and the schema of `sagemaker.clarify`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.configuration.checked_fields import FILE, CheckedFields, Column, InvalidConfig, Scalar
from analyzer.configuration.method_configs import Methods, read_methods
from analyzer.configuration.predictor_config import PredictorConfig, read_predictor

DATASET_TYPES = (
    "text/csv",
    "application/jsonlines",
    "application/json",
    "application/x-parquet",
)
_KNOWN = (
    "version",
    "dataset_type",
    "dataset_uri",
    "headers",
    "label",
    "predicted_label",
    "features",
    "label_values_or_threshold",
    "probability_threshold",
    "facet",
    "facet_dataset_uri",
    "facet_headers",
    "predicted_label_dataset_uri",
    "predicted_label_headers",
    "excluded_columns",
    "joinsource_name_or_index",
    "group_variable",
    "methods",
    "predictor",
)
_MONITORED = {
    "dataset_type": "text/csv",
    "methods": {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}},
}
_REFUSED = {
    "segment_config": "metrics of segments are not computed. Run a job for each segment.",
    "time_series_data_config": "time series are not explained.",
}


@dataclass(frozen=True)
class FacetConfig:
    """A facet: its column, and its values or threshold; empty for one value against the others."""

    column: Column
    selected: Sequence[Scalar]


@dataclass(frozen=True)
class DatasetConfig:
    """Where the rows are, and which column is what. Columns are names, indexes or JMESPaths."""

    dataset_type: str
    uri: str | None
    headers: Sequence[str] | None
    features: str | None
    label: Column | None
    predicted_label: Column | None
    excluded: Sequence[Column]
    join_column: Column | None
    facet_uri: str | None
    facet_headers: Sequence[str] | None
    predicted_label_uri: str | None
    predicted_label_headers: Sequence[str] | None


@dataclass(frozen=True)
class AnalysisConfig:
    """A checked configuration."""

    dataset: DatasetConfig
    positive: Sequence[Scalar]
    facets: Sequence[FacetConfig]
    group_variable: Column | None
    probability_threshold: float
    methods: Methods
    predictor: PredictorConfig | None


def read_analysis_config(path: Path, *, monitored: bool = False) -> AnalysisConfig:
    """Read and check a configuration. Raises InvalidConfig with the field that is wrong.

    That of a monitor has no data set, and may leave out the methods: all bias metrics then.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidConfig(f"{FILE} is not JSON: {error}") from None
    if monitored and isinstance(content, dict):
        content = {**_MONITORED, **content}
    fields = CheckedFields(content)
    if fields.get_text("dataset_type") == "application/x-image":
        raise InvalidConfig(f"{FILE}: dataset_type 'application/x-image' is not supported here")
    fields.check_names(_KNOWN, _REFUSED)
    if fields.get_text("version") not in {None, "1.0"}:
        raise InvalidConfig(f"{FILE}: version is not '1.0'")
    predictor = fields.get_object("predictor")
    config = AnalysisConfig(
        dataset=_read_dataset(fields),
        positive=fields.get_scalars("label_values_or_threshold"),
        facets=_read_facets(fields),
        group_variable=fields.get_column("group_variable"),
        probability_threshold=fields.get_number("probability_threshold", 0.5),
        methods=read_methods(fields.get_object("methods")),
        predictor=None if predictor is None else read_predictor(predictor),
    )
    _check_needs(config, monitored=monitored)
    return config


def _read_dataset(fields: CheckedFields) -> DatasetConfig:
    config = DatasetConfig(
        dataset_type=fields.choose("dataset_type", DATASET_TYPES),
        uri=fields.get_text("dataset_uri"),
        headers=fields.get_texts("headers"),
        features=fields.get_text("features"),
        label=fields.get_column("label"),
        predicted_label=fields.get_column("predicted_label"),
        excluded=fields.get_columns("excluded_columns") or [],
        join_column=fields.get_column("joinsource_name_or_index"),
        facet_uri=fields.get_text("facet_dataset_uri"),
        facet_headers=fields.get_texts("facet_headers"),
        predicted_label_uri=fields.get_text("predicted_label_dataset_uri"),
        predicted_label_headers=fields.get_texts("predicted_label_headers"),
    )
    if "json" in config.dataset_type and config.features is None:
        raise InvalidConfig(
            f"{FILE}: missing field features, the JMESPath of the features in {config.dataset_type}"
        )
    return config


def _read_facets(fields: CheckedFields) -> list[FacetConfig]:
    entries = fields.get_raw("facet")
    if entries is None:
        return []
    if not isinstance(entries, list) or not entries:
        raise InvalidConfig(f"{FILE}: facet is not a list of facets")
    facets = []
    for number, entry in enumerate(entries):
        facet = CheckedFields(entry, f"facet[{number}]")
        facet.check_names(("name_or_index", "value_or_threshold"), {})
        column = facet.get_column("name_or_index")
        if column is None:
            raise InvalidConfig(f"{FILE}: missing field {facet.locate('name_or_index')}")
        facets.append(FacetConfig(column, facet.get_scalars("value_or_threshold")))
    return facets


def _check_needs(config: AnalysisConfig, *, monitored: bool) -> None:
    methods = config.methods
    if methods.bias:
        for name, given in (
            ("label", monitored or config.dataset.label is not None),
            ("label_values_or_threshold", bool(config.positive)),
            ("facet", bool(config.facets)),
        ):
            if not given:
                raise InvalidConfig(f"{FILE}: bias metrics need the field {name}")
    if methods.explains and config.predictor is None:
        raise InvalidConfig(f"{FILE}: shap, tree_shap and pdp need the field predictor")
    labeled = config.dataset.predicted_label, config.dataset.predicted_label_uri
    if monitored:
        return
    if methods.post_training is not None and config.predictor is None and labeled == (None, None):
        raise InvalidConfig(
            f"{FILE}: post_training_bias needs the field predictor, predicted_label or "
            "predicted_label_dataset_uri"
        )
