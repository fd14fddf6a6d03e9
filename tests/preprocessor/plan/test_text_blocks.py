"""Blocks of texts that scikit-learn serves: saved, and loaded safely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.transforms.steps import STEPS
from tests.preprocessor.fits import fit_column, reload_plan

ORDINAL = "sklearn.preprocessing.OrdinalEncoder"
COUNTED = ["A the x", "b", "", "a X", "a  x", "B"]


def test_cleaning_of_stop_words_before_a_transformer_is_loaded(tmp_path: Path) -> None:
    treatment = {"type": "text", "clean": {"stop_words": ["the"]}, "transformer": ORDINAL}
    done, table = fit_column(COUNTED, treatment)
    [block] = reload_plan(done, tmp_path).blocks
    assert isinstance(block, SklearnBlock)
    features = np.asarray(block.apply(table))
    np.testing.assert_array_equal(features.ravel(), [0, 2, np.nan, 1, 0, 2])


def test_target_encoding_without_a_replay_is_served_by_scikit_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(STEPS["target_encode"]), "read_replay", lambda *_: None)
    done, table = fit_column(["a", "b", "a", "b", "c", "c"] * 3, {"target_encode": True})
    [block] = reload_plan(done, tmp_path).blocks
    assert isinstance(block, SklearnBlock)
    np.testing.assert_array_equal(block.apply(table), done.plan.apply(table))
