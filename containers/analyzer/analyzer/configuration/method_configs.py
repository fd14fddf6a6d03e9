"""The methods of an analysis configuration and their options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.bias.bias_metric import BiasMetric
from analyzer.bias.bias_report import POST_TRAINING, PRE_TRAINING, choose_metrics
from analyzer.configuration.checked_fields import FILE, CheckedFields, Column, InvalidConfig

AGGREGATIONS = ("mean_abs", "median", "mean_sq")
_METHODS = ("pre_training_bias", "post_training_bias", "shap", "tree_shap", "pdp", "report")
_SHAP = (
    "baseline",
    "num_clusters",
    "use_logit",
    "num_samples",
    "agg_method",
    "save_local_shap_values",
    "seed",
    "features_to_explain",
)
_REFUSED_METHODS = {"asymmetric_shapley_value": "time series are not explained."}
_REFUSED_SHAP = {
    "text_config": "text is not explained.",
    "image_config": "images are not explained.",
}
_GRID_RESOLUTION, _TOP_FEATURES = 15, 10


@dataclass(frozen=True)
class ShapConfig:
    """Options of Kernel SHAP. `baseline` is an S3 URI or rows; without it rows are clustered."""

    baseline: str | Sequence[object] | None
    clusters: int | None
    use_logit: bool
    samples: int | None
    aggregation: str
    save_local: bool
    seed: int | None
    features: Sequence[Column] | None


@dataclass(frozen=True)
class TreeShapConfig:
    """Options of the attributions that the model itself answers, a method of this analyzer."""

    aggregation: str
    save_local: bool


@dataclass(frozen=True)
class PartialDependenceConfig:
    """Options of partial dependence plots; without features those with the largest SHAP values."""

    features: Sequence[Column] | None
    grid_resolution: int
    top_features: int


@dataclass(frozen=True)
class Methods:
    """What is computed; None where a method is not asked for."""

    pre_training: Sequence[BiasMetric] | None
    post_training: Sequence[BiasMetric] | None
    shap: ShapConfig | None
    tree_shap: TreeShapConfig | None
    partial_dependence: PartialDependenceConfig | None
    title: str

    @property
    def bias(self) -> bool:
        """Whether any bias metric is computed."""
        return self.pre_training is not None or self.post_training is not None

    @property
    def attribution(self) -> ShapConfig | TreeShapConfig | None:
        """The method that attributes predictions to features, None without one."""
        return self.shap or self.tree_shap

    @property
    def explains(self) -> bool:
        """Whether predictions are explained."""
        return self.attribution is not None or self.partial_dependence is not None


def read_methods(fields: CheckedFields | None) -> Methods:
    """Read the field `methods`. Raises InvalidConfig when nothing is to compute."""
    if fields is None:
        raise InvalidConfig(f"{FILE}: missing field methods")
    fields.check_names(_METHODS, _REFUSED_METHODS)
    report = fields.get_object("report")
    methods = Methods(
        pre_training=_read_metrics(fields.get_object("pre_training_bias"), pre_training=True),
        post_training=_read_metrics(fields.get_object("post_training_bias"), pre_training=False),
        shap=_read_shap(fields.get_object("shap")),
        tree_shap=_read_tree_shap(fields.get_object("tree_shap")),
        partial_dependence=_read_pdp(fields.get_object("pdp")),
        title=_read_title(report),
    )
    if not methods.bias and not methods.explains:
        raise InvalidConfig(f"{FILE}: no method to compute. Add any of {', '.join(_METHODS[:5])}.")
    if methods.shap is not None and methods.tree_shap is not None:
        raise InvalidConfig(f"{FILE}: methods.shap and methods.tree_shap are both given")
    pdp = methods.partial_dependence
    if pdp is not None and pdp.features is None and methods.attribution is None:
        raise InvalidConfig(f"{FILE}: pdp needs the field features where shap is not computed")
    return methods


def _read_metrics(
    fields: CheckedFields | None, *, pre_training: bool
) -> Sequence[BiasMetric] | None:
    if fields is None:
        return None
    fields.check_names(("methods",), {})
    names = fields.get_raw("methods")
    chosen = [names] if isinstance(names, str) else fields.get_texts("methods")
    registry = PRE_TRAINING if pre_training else POST_TRAINING
    return choose_metrics(registry, chosen or "all")


def _read_shap(fields: CheckedFields | None) -> ShapConfig | None:
    if fields is None:
        return None
    fields.check_names(_SHAP, _REFUSED_SHAP)
    baseline = fields.get_raw("baseline")
    if isinstance(baseline, dict):
        baseline = [baseline]
    if baseline is not None and not isinstance(baseline, str | list):
        raise InvalidConfig(f"{FILE}: {fields.locate('baseline')} is no S3 URI and no list of rows")
    if baseline is not None and not baseline:
        raise InvalidConfig(f"{FILE}: {fields.locate('baseline')} is empty")
    if baseline is not None and fields.has("num_clusters"):
        raise InvalidConfig(f"{FILE}: {fields.locate('num_clusters')} and baseline are both given")
    return ShapConfig(
        baseline=baseline,
        clusters=fields.get_count("num_clusters"),
        use_logit=fields.get_switch("use_logit", default=False),
        samples=fields.get_count("num_samples"),
        aggregation=fields.choose("agg_method", AGGREGATIONS, "mean_abs"),
        save_local=fields.get_switch("save_local_shap_values", default=True),
        seed=fields.get_integer("seed"),
        features=fields.get_columns("features_to_explain"),
    )


def _read_tree_shap(fields: CheckedFields | None) -> TreeShapConfig | None:
    if fields is None:
        return None
    fields.check_names(("agg_method", "save_local_shap_values"), {})
    return TreeShapConfig(
        aggregation=fields.choose("agg_method", AGGREGATIONS, "mean_abs"),
        save_local=fields.get_switch("save_local_shap_values", default=True),
    )


def _read_pdp(fields: CheckedFields | None) -> PartialDependenceConfig | None:
    if fields is None:
        return None
    fields.check_names(("features", "grid_resolution", "top_k_features"), {})
    return PartialDependenceConfig(
        features=fields.get_columns("features"),
        grid_resolution=fields.get_count("grid_resolution") or _GRID_RESOLUTION,
        top_features=fields.get_count("top_k_features") or _TOP_FEATURES,
    )


def _read_title(fields: CheckedFields | None) -> str:
    if fields is None:
        return "Analysis Report"
    fields.check_names(("name", "title"), {})
    return fields.get_text("title") or "Analysis Report"
