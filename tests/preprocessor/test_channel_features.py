"""A job that writes the features of its channels, as a transform of its model answers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preprocessor.serving import load_model
from preprocessor.training import train
from tandem.contract.settings import Settings
from tandem.contract.training_job import Channel
from tandem.errors import BadData
from tandem.serving.model_service import ModelService
from tests.preprocessor.training_jobs import make_houses, prepare_job

WISHES = {"target": "SalePrice", "encode": "target_encode", "write_features": "true"}


def test_features_are_those_of_a_transform_of_the_same_files(tmp_path: Path) -> None:
    job = prepare_job(tmp_path, make_houses(), WISHES)
    folder = job.paths.data / "validation"
    folder.mkdir()
    make_houses(90)[60:].to_csv(folder / "more.csv", index=False)
    job = replace(job, channels={**job.channels, "validation": Channel("validation", folder)})
    train(job)
    service = ModelService(load_model(job.model_dir), Settings())
    for name, file in (("train", "data.csv"), ("validation", "more.csv")):
        body = (job.paths.data / name / file).read_bytes()
        answer = service.invoke("text/csv", "application/x-parquet", body)
        written = job.paths.output_data / "features" / name / f"{file}.out"
        assert written.read_bytes() == answer.body
    assert not (job.paths.output_data / "report.html").exists()


def test_a_row_that_does_not_suit_fails_the_job(tmp_path: Path) -> None:
    job = prepare_job(tmp_path, make_houses(), WISHES | {"unparsable": "error"})
    folder = job.paths.data / "validation"
    folder.mkdir()
    wrong = make_houses(8)
    wrong.loc[3, "Size"] = "wide"
    wrong.to_csv(folder / "more.csv", index=False)
    job = replace(job, channels={**job.channels, "validation": Channel("validation", folder)})
    with pytest.raises(BadData, match=r"validation/more\.csv, row 5, column 'Size'"):
        train(job)
