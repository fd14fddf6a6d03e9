"""A script trains with XGBoost in this image, on one host and on several."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from tests import hosts as programs
from tests.booster import hosts
from tests.booster.hosts import LABEL, ROWS
from tests.hosts import run_hosts

SCRIPT = Path(__file__).parents[2] / "fixtures" / "xgboost_script" / "train.py"


class Host(hosts.Host):
    """A host whose job brings a script in the channel `code`."""

    def build_config(self) -> dict[str, object]:
        code = self.data / "code"
        code.mkdir(exist_ok=True)
        (code / "train.py").write_text(SCRIPT.read_text())
        return super().build_config() | {"inputdataconfig": {"train": {}, "code": {}}}


def cluster(root: Path, count: int, **given: str) -> list[Host]:
    texts = {"sagemaker_program": "train.py", "max_depth": "3", "num_round": "5"}
    return programs.build_cluster(Host, root, count, texts | given)


def trained(host: Host) -> xgb.Booster:
    content = (host.root / "model" / "xgboost-model").read_bytes()
    return xgb.Booster(model_file=bytearray(content))


def test_a_script_trains_the_model_plain_xgboost_trains(tmp_path: Path) -> None:
    (host,) = cluster(tmp_path, 1)
    host.write_rows(slice(0, 600))
    assert run_hosts([host]) == [0], host.log
    assert "script mode: running train.py" in host.log
    assert "r2 of the label with itself 1.0" in host.log
    assert json.loads((host.root / "model" / "script.json").read_text())["program"] == "train.py"
    plain = xgb.train(
        {"max_depth": 3, "nthread": 1}, xgb.DMatrix(ROWS, label=LABEL), num_boost_round=5
    )
    rows = xgb.DMatrix(ROWS)
    assert np.array_equal(trained(host).predict(rows), plain.predict(rows))


def test_hosts_of_a_script_train_one_model_and_one_without_data_takes_no_part(
    tmp_path: Path,
) -> None:
    several = cluster(tmp_path, 3)
    several[0].write_rows(slice(0, 200))
    several[1].write_rows(slice(200, 600))
    assert run_hosts(several) == [0, 0, 0], [host.log for host in several]
    assert f"host {several[2].name} has no training data and takes no part" in several[2].log
    assert [sorted(host.load_model()) for host in several[1:]] == [[], []]
    plain = xgb.train(
        {"max_depth": 3, "nthread": 1}, xgb.DMatrix(ROWS, label=LABEL), num_boost_round=5
    )
    rows = xgb.DMatrix(ROWS)
    together = trained(several[0]).predict(rows)
    assert together == pytest.approx(plain.predict(rows), rel=1e-4)


def test_no_host_with_data_is_an_error_that_says_so(tmp_path: Path) -> None:
    several = cluster(tmp_path, 2)
    assert run_hosts(several) == [1, 1]
    assert "no host has training data" in several[0].failure


def test_the_algorithm_itself_imports_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    """XGBoost imports both where it finds them."""
    (host,) = hosts.build_cluster(tmp_path, 1, num_round="2")
    host.write_rows(slice(0, 600))
    program = (
        "import sys; from booster.algorithm import ALGORITHM; from tandem.cli import run;"
        " code = run(ALGORITHM, ['train']);"
        " print('imported:', sorted({'pandas', 'sklearn'} & set(sys.modules))); sys.exit(code)"
    )
    host.program = [sys.executable, "-c", program]
    assert run_hosts([host]) == [0], host.log
    assert "imported: []" in host.log


def test_pandas_and_scikit_learn_are_there_after_they_were_missing() -> None:
    program = (
        "from booster.optional_imports import hide_packages\n"
        "with hide_packages('sklearn'):\n"
        "    try:\n"
        "        import sklearn\n"
        "    except ModuleNotFoundError:\n"
        "        print('missing')\n"
        "import sklearn.base, xgboost\n"
        "print(issubclass(xgboost.XGBRegressor, sklearn.base.BaseEstimator))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["missing", "True"]
