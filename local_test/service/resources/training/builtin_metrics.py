"""The metric definitions that the service adds for its built-in XGBoost.

Sources: Developer Guide, 'Tune an XGBoost Model'; DescribeHyperParameterTuningJob of jobs that gave
none, which shows these names and this form of expression.
"""

import re
from collections.abc import Mapping
from typing import Any

_IMAGE = re.compile(r"[^/]+\.amazonaws\.com(\.cn)?/(sagemaker-)?xgboost[:@].+")
_OWN_IMAGE = re.compile(r"(?:.*/)?tandem-xgboost(?:[:@].+)?")
_OF_BOTH = (
    *("accuracy", "auc", "aucpr", "error", "f1", "gamma-deviance", "gamma-nloglik", "logloss"),
    *("mae", "map", "merror", "mlogloss", "mse", "ndcg", "poisson-nloglik", "rmse"),
    "tweedie-nloglik",
)
_OF_VALIDATION = ("balanced_accuracy", "f1_binary", "f1_macro", "precision", "recall", "rmsle")
_REGEX = r".*\[[0-9]+\].*#011{}-{}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"


def add_builtin_metrics(
    algorithm: Mapping[str, Any], experiment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return an AlgorithmSpecification with the metrics of its image, if it defines none.

    With an ExperimentConfig the image tandem-xgboost, which logs the same lines, has them too.
    """
    image = algorithm.get("TrainingImage", "")
    has_metrics = _IMAGE.fullmatch(image) or (experiment and _OWN_IMAGE.fullmatch(image))
    if not has_metrics or algorithm.get("MetricDefinitions"):
        return dict(algorithm)
    names = [("train", metric) for metric in _OF_BOTH]
    names += [("validation", metric) for metric in (*_OF_BOTH, *_OF_VALIDATION)]
    definitions = [
        {"Name": f"{data}:{metric}", "Regex": _REGEX.format(data, metric)} for data, metric in names
    ]
    return {**algorithm, "MetricDefinitions": definitions}
