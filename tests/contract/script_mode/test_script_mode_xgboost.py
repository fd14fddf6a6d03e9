"""A script written for Amazon's XGBoost container, unchanged: it trains, and it serves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TrainingResult
from local_test.platform.job_status import JobStatus
from local_test.platform.source_code import SourceCode

pytestmark = pytest.mark.usefixtures("images_alone")

SCRIPT = Path(__file__).parents[2] / "fixtures" / "xgboost_script"
ROWS = np.random.default_rng(7).normal(size=(300, 3)).astype(np.float32)
LABEL = (ROWS @ np.array([3, -1, 2], dtype=np.float32)).round(3)
PLAIN = {"max_depth": 3, "nthread": 1}


@pytest.fixture(scope="module")
def trained(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp(f"xgboost-script-{engine.name}")
    table = np.column_stack([LABEL, ROWS])
    (folder / "rows.csv").write_text(
        "".join(",".join(repr(float(cell)) for cell in row) + "\n" for row in table)
    )
    job = TrainingJob(
        "xgboost",
        [Channel("train", folder / "rows.csv")],
        {"max_depth": "3", "num_round": "6"},
        source_code=SourceCode("train.py", SCRIPT),
    )
    return jobs.train(job, folder / "out", engine, logs=discard_line)


def test_what_the_script_trained_serves_without_functions_of_its_own(
    engine: Engine, trained: TrainingResult
) -> None:
    assert trained.status is JobStatus.COMPLETED, trained.diagnosis
    expected = xgb.train(PLAIN, xgb.DMatrix(ROWS, label=LABEL), num_boost_round=6)
    body = "\n".join(",".join(repr(float(cell)) for cell in row) for row in ROWS)
    with Endpoint([Stage("xgboost", trained.model)], engine, logs=discard_line) as running:
        answer = running.invoke(body.encode(), "text/csv")
        refused = running.invoke(b"1,2\n3\n", "text/csv")
    assert (answer.status, answer.content_type) == (200, "application/json")
    served = np.array(json.loads(answer.body), dtype=np.float32)
    assert np.array_equal(served, expected.predict(xgb.DMatrix(ROWS)))
    assert refused.original_status == 400
    assert b"row 2 has 1 fields and row 1 2" in refused.body
