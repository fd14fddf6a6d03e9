"""Categories in lower case: `YES` and `Yes` are `yes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preprocessor.transforms.kernels.text_cleaning import CleanReplay
from preprocessor.transforms.options import Options
from preprocessor.transforms.steps.step import Replay, Step


class _Lower(Step):
    name = "lower"
    sentence = "Categories in lower case: `YES` and `Yes` are `yes`."

    def build_estimator(self, _options: Options) -> Any:
        from preprocessor.transforms.estimators.texts import TextCleaner

        return TextCleaner(lower=True)

    def read_replay(self, fitted: Any) -> Replay:
        replay: Replay = fitted.cleaning_
        return replay

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return CleanReplay(**values)


STEP = _Lower()
