"""Scaling of numbers: trees do not need it, linear models and distances do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preprocessor.transforms.kernels.scalers import (
    AffineReplay,
    PowerReplay,
    QuantileReplay,
    read_affine,
)
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, whole

METHOD = Option(
    "method",
    choice("none", "standard", "robust", "minmax", "maxabs", "quantile", "normal", "power"),
    "standard",
    "`standard`: mean 0, standard deviation 1; `robust`: median 0, interquartile range 1;"
    " `minmax`: 0 to 1; `maxabs`: largest size 1; `quantile`: ranks from 0 to 1; `normal`: ranks as"
    " a normal distribution; `power`: Yeo and Johnson's power that comes nearest to a normal one.",
)
QUANTILES = Option(
    "quantiles", whole(2), 1000, "How many quantiles `quantile` and `normal` remember, at most."
)


class _Scale(Step):
    name = "scale"
    sentence = "Numbers on one scale."
    options = (METHOD, QUANTILES)

    def is_idle(self, options: Options) -> bool:
        return options[METHOD] == "none"

    def build_estimator(self, options: Options) -> Any:
        from sklearn import preprocessing

        method = options[METHOD]
        if method in {"quantile", "normal"}:
            return preprocessing.QuantileTransformer(
                n_quantiles=options[QUANTILES],
                output_distribution="uniform" if method == "quantile" else "normal",
                subsample=None,
            )
        return {
            "standard": preprocessing.StandardScaler,
            "robust": preprocessing.RobustScaler,
            "minmax": preprocessing.MinMaxScaler,
            "maxabs": preprocessing.MaxAbsScaler,
            "power": preprocessing.PowerTransformer,
        }[method]()

    def read_replay(self, fitted: Any) -> Replay:
        if hasattr(fitted, "quantiles_"):
            return QuantileReplay(
                fitted.quantiles_.T.tolist(),
                fitted.references_.tolist(),
                normal=fitted.output_distribution == "normal",
            )
        if hasattr(fitted, "lambdas_"):
            scaler = fitted._scaler  # noqa: SLF001 - no public name
            return PowerReplay(
                [float(value) for value in fitted.lambdas_], read_affine(scaler).rounds
            )
        return read_affine(fitted)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        if "quantiles" in values:
            return QuantileReplay(**values)
        return PowerReplay(**values) if "lambdas" in values else AffineReplay(**values)


STEP = _Scale()
