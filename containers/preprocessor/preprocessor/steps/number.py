"""Numbers: what stands for a missing one, then scaling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tandem.data.schemas import FieldKind
from tandem.data.tables import Table


@dataclass(frozen=True)
class NumberReplay:
    """`fill`, `mean` and `scale` hold one number a column, or nothing where a part is not used."""

    positions: list[int]
    fill: list[float]
    mean: list[float]
    scale: list[float]

    @property
    def width(self) -> int:
        """One feature a column."""
        return len(self.positions)

    def apply(self, table: Table, out: NDArray[Any]) -> None:
        """Impute, subtract, divide: the order and precision of scikit-learn."""
        out[:] = table.numbers[:, self.positions]
        if self.fill:
            np.copyto(out, self.fill, where=np.isnan(out))
        if self.mean:
            np.subtract(out, self.mean, out=out)
            np.divide(out, self.scale, out=out)

    def to_json(self) -> dict[str, Any]:
        """Give the replay as JSON values."""
        return asdict(self)


class _Number:
    name = "number"
    field: FieldKind = "number"
    options: Mapping[str, tuple[str, ...]] = {
        "impute": ("median", "mean", "zero", "none"),
        "scale": ("none", "standard"),
    }

    def estimator(self, options: Mapping[str, str]) -> Any:
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler

        impute, scale = options["impute"], options["scale"]
        keep = FunctionTransformer(feature_names_out="one-to-one")
        imputers = {
            "none": keep,
            "zero": SimpleImputer(strategy="constant", fill_value=0.0),
        }
        imputer = imputers.get(impute) or SimpleImputer(strategy=impute)
        return Pipeline(
            [("impute", imputer), ("scale", StandardScaler() if scale != "none" else keep)]
        )

    def replay(self, fitted: Any, positions: Sequence[int]) -> NumberReplay:
        imputer, scaler = fitted["impute"], fitted["scale"]
        scaled = hasattr(scaler, "mean_")
        return NumberReplay(
            positions=list(positions),
            fill=imputer.statistics_.tolist() if hasattr(imputer, "statistics_") else [],
            mean=scaler.mean_.tolist() if scaled else [],
            scale=scaler.scale_.tolist() if scaled else [],
        )

    def from_json(self, values: Mapping[str, Any]) -> NumberReplay:
        return NumberReplay(**values)


STEP = _Number()
