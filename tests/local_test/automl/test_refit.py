"""A search of data too large for its time has validation rows, and a winner of all rows."""

from __future__ import annotations

import json
import tarfile
import threading
from pathlib import Path

import numpy as np
import xgboost as xgb

from local_test.automl.data.tabular_file import read_file
from local_test.automl.job_runner import EngineRunner
from local_test.automl.outcome import finish_search
from local_test.automl.plan import SearchBudget, SearchOptions, make_plan
from local_test.automl.refit import list_refit_settings
from local_test.automl.report.winner_script import write_script
from local_test.automl.search import CandidateSearch
from local_test.engines import select_engine

RUNNER = EngineRunner(select_engine("process", ["preprocessor", "xgboost"]), 60.0)
OPTIONS = SearchOptions("y", metric="RMSE", boosters=("gbtree",))


def test_the_winner_is_trained_on_the_validation_rows_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in rng.normal(size=(100, 2))]
    (tmp_path / "data.csv").write_text("\n".join(["a,b,y", *rows]) + "\n")
    data, out = read_file(tmp_path / "data.csv"), tmp_path / "out"
    assert make_plan(data, OPTIONS, tmp_path / "other", 60.0).sizes["validation"] == 0
    sizes = {"train": 64, "validation": 16, "held-out": 20}
    assert make_plan(data, OPTIONS, out, 0.01).sizes == sizes
    plan = make_plan(data, OPTIONS, out, 60.0)  # as it began
    assert plan.sizes == sizes
    search = CandidateSearch(plan, SearchBudget(600.0, 1), RUNNER, out, "refit")
    search.run(threading.Event(), lambda _: None)
    winner = finish_search(search, RUNNER, out)
    [kept] = winner.candidate.rounds
    model = xgb.Booster()
    with tarfile.open(out / "best/model/model.tar.gz") as tar:
        [member] = [one for one in tar if one.name.startswith("xgboost-model")]
        file = tar.extractfile(member)
        assert file is not None
        model.load_model(bytearray(file.read()))
    assert model.num_boosted_rounds() == kept
    assert json.loads(model.get_dump(with_stats=True, dump_format="json")[0])["cover"] > 64
    assert winner.training["learning_curves"]["validation"]["rmse"]
    settings = list_refit_settings(winner.candidate)
    assert (settings["num_round"], "early_stopping_rounds" in settings) == (str(kept), False)
    program = write_script(plan, winner, out).read_text()
    assert "PARTS = ('train', 'validation')" in program
    assert f'"num_round": "{kept}"' in program
