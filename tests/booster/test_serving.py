"""A trained model answers what it was trained to answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import xgboost as xgb

from booster import serving
from booster.training import train
from tandem.data.tables import Table
from tests.booster.training_jobs import make_features, prepare_job


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_every_booster_is_served(booster: str, tmp_path: Path) -> None:
    job = prepare_job(tmp_path, "number", {"booster": booster})
    train(job)
    model = serving.load(job.model_dir)
    answer = model.predict(Table(make_features())).numbers
    plain = xgb.Booster(model_file=bytearray((job.model_dir / "xgboost-model").read_bytes()))
    # The library adds up the trees of dart in another order in place.
    expected = plain.predict(xgb.DMatrix(make_features())).tolist()
    assert answer[:, 0].tolist() == pytest.approx(expected, rel=1e-5 if booster == "dart" else 0)
    assert model.predict(model.example()).numbers.shape == (1, 1)
