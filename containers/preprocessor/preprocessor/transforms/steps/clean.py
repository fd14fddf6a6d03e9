"""Cleaning of texts before their terms are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preprocessor.transforms.kernels.text_cleaning import ENGLISH, REMOVABLE, CleanReplay
from preprocessor.transforms.options import Option, Options, list_of
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import flag, whole, words

LOWER = Option("lower", flag(), True, "Lower case.")
LETTERS_ONLY = Option("letters_only", flag(), False, "What is no letter becomes a space.")
STRIP_ACCENTS = Option("strip_accents", flag(), False, "Letters without their accents.")
REMOVE = Option(
    "remove",
    list_of(tuple(REMOVABLE)),
    (),
    "Words to leave out by their shape: e-mail addresses, addresses of pages.",
)
STOP_WORDS = Option(
    "stop_words",
    words(),
    (),
    f"Words to leave out; `{ENGLISH}` stands for scikit-learn's list of English ones.",
)
SKIP_LINES = Option("skip_lines", whole(0), 0, "Lines to leave out at the beginning of a text.")


class _Clean(Step):
    name = "clean"
    sentence = "Texts made simpler before their terms are counted."
    options = (LOWER, LETTERS_ONLY, STRIP_ACCENTS, REMOVE, STOP_WORDS, SKIP_LINES)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.texts import TextCleaner

        remove, stop_words = options[REMOVE], options[STOP_WORDS]
        return TextCleaner(
            lower=options[LOWER],
            letters_only=options[LETTERS_ONLY],
            strip_accents=options[STRIP_ACCENTS],
            remove=list(remove),
            stop_words=list(stop_words),
            skip_lines=options[SKIP_LINES],
        )

    def read_replay(self, fitted: Any) -> Replay:
        replay: Replay = fitted.cleaning_
        return replay

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return CleanReplay(**values)


STEP = _Clean()
