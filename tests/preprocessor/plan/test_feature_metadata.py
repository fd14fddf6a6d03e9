"""What a fitted transform says of its features."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq

from preprocessor import serving
from tandem.contract.settings import read
from tandem.serving.model_service import ModelService
from tests.preprocessor.training_jobs import make_houses, train_job


def test_features_are_listed_with_the_categories_of_codes(tmp_path: Path) -> None:
    columns = json.dumps({"Size": "number", "Zone": {"ordinal": True}, "PoolQC": "category"})
    wanted = {"target": "SalePrice", "drop": "Id,Slope,LotFrontage,Agent,Ghost", "columns": columns}
    model = train_job(tmp_path, make_houses(), wanted).model
    listed = json.loads((model / "features.json").read_text())
    assert listed == {
        "names": ["Size", "Zone", "PoolQC=(missing)", "PoolQC=Gd"],
        "categories": {"Zone": ["C (all)", "RL", "RM"]},
    }
    body = b"Size,Zone,PoolQC\n70,RM,NA\n80,nowhere,Gd\n"
    answer = ModelService(serving.load_model(model), read({})).invoke(
        "text/csv", "application/x-parquet", body
    )
    table = pq.read_table(io.BytesIO(answer.body))
    assert table.column_names == listed["names"]
    assert table.column("Zone").to_pylist() == [2, -1]
    metadata = table.schema.field("Zone").metadata
    assert json.loads(metadata[b"categories"]) == ["C (all)", "RL", "RM"]
