"""Custom transformer: a class of the job's code or of scikit-learn.

`transformer: my_module.MyClass` in a recipe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from preprocessor.transforms.custom import class_loader
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.hyperparameters import REQUIRED
from tandem.contract.value_types import json_object, text

CLASS = Option(
    "class",
    text(),
    REQUIRED,
    "The class as `module.Class`, of the job's code or of scikit-learn.",
)
PARAMETERS: Option[dict[str, object]] = Option(
    "parameters", json_object(), {}, "What its constructor is given, by name."
)


class _CustomTransformer(Step):
    name = "transformer"
    sentence = (
        "A class of your own, or of scikit-learn; columns that ask for the same class with the"
        " same parameters are given to it together. See [own-transformers.md](own-transformers.md)."
    )
    options = (CLASS, PARAMETERS)
    named_columns = True

    def build_estimator(self, options: Options) -> Any:
        parameters = options[PARAMETERS]
        return class_loader.create_transformer(options[CLASS], parameters)

    def read_replay(self, fitted: Any) -> Replay | None:  # noqa: ARG002 - nobody can know what it does
        return None

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        raise TypeError(values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        names = getattr(fitted, "feature_names_in_", [f"x{index}" for index in range(width)])
        return [tuple(range(width)) for _ in fitted.get_feature_names_out(names)]


STEP = _CustomTransformer()
