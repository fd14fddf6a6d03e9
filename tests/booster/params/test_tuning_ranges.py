"""The ranges that Autotune searches: those of the package and of the image's label."""

from __future__ import annotations

import re
from pathlib import Path

import booster
from booster.algorithm import ALGORITHM

DECLARED = (Path(booster.__file__).parent / "tuning_ranges.txt").read_text(encoding="utf-8")
DOCKERFILE = Path(__file__).parents[3] / "containers/xgboost/Dockerfile"


def test_each_range_is_one_of_the_hyperparameter() -> None:
    kinds = {one.name: one.kind for one in ALGORITHM.hyperparameters}
    for word in DECLARED.split():
        name, _, bounds = word.partition("=")
        least, most = bounds.split("..")
        assert kinds[name].parse(least) < kinds[name].parse(most)
        assert ("." in least) == (kinds[name].schema["type"] == "number"), word


def test_the_label_of_the_image_has_the_same_ranges() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    [label] = re.findall(r'local-sagemaker\.tuning-ranges="([^"]*)"', text)
    assert label.replace("\\\n", "").split() == DECLARED.split()
