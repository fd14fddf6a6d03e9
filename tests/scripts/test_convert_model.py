"""Pickled models become XGBoost's own form, when their owner says so, and are served alike."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import joblib
import numpy as np
import pytest
import xgboost as xgb

from booster import serving
from scripts import convert_model
from tandem.data.tables import Table
from tandem.errors import UserError
from tests.archives import make_entry, make_sparse, write_tar_gz

ROWS = np.random.default_rng(5).normal(size=(120, 4)).astype(np.float32)
SCRIPT = Path(convert_model.__file__)
TRUST = "--i-trust-this-file"


def booster() -> xgb.Booster:
    names = ["age", "rooms", "floor", "distance"]
    matrix = xgb.DMatrix(ROWS, ROWS[:, 0] + ROWS[:, 1], feature_names=names)
    return xgb.train({"max_depth": 3}, matrix, 6)


def stopped_early() -> xgb.XGBClassifier:
    label = (ROWS[:, 0] + np.random.default_rng(1).normal(size=120) > 0).astype(int)
    made = xgb.XGBClassifier(n_estimators=80, early_stopping_rounds=3, learning_rate=1.0)
    made.fit(ROWS[:60], label[:60], eval_set=[(ROWS[60:], label[60:])], verbose=False)
    assert made.best_iteration + 1 < made.get_booster().num_boosted_rounds()
    return made


def answers(folder: Path) -> list[float]:
    scores = serving.load(folder).predict(Table(ROWS.astype(np.float64))).numbers
    return [float(value) for value in scores[:, 0]]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/")


def test_a_pickled_booster_keeps_names_and_answers(tmp_path: Path) -> None:
    made = booster()
    source = tmp_path / "old.pkl"
    source.write_bytes(pickle.dumps(made))
    (tmp_path / "new").mkdir()
    for form in ("ubj", "json"):
        target = tmp_path / "new" / f"xgboost-model.{form}"
        done = run(TRUST, source, target)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"wrote {target} with xgboost {xgb.__version__}\n"
        plain = made.predict(xgb.DMatrix(ROWS, feature_names=made.feature_names))
        assert answers(tmp_path / "new") == plain.tolist()
        assert xgb.Booster(model_file=str(target)).feature_names == made.feature_names
        target.unlink()


@pytest.mark.parametrize("how", [pickle.dump, joblib.dump])
def test_a_scikit_learn_model_answers_with_its_best_round(tmp_path: Path, how: object) -> None:
    made = stopped_early()
    source = tmp_path / "old"
    assert callable(how)
    with source.open("wb") as stream:
        how(made, stream)
    folder = tmp_path / "new"
    folder.mkdir()
    assert convert_model.main([TRUST, str(source), str(folder / "xgboost-model.ubj")]) == 0
    assert answers(folder) == made.predict_proba(ROWS)[:, 1].tolist()


def test_an_archive_keeps_what_is_no_pickle(tmp_path: Path) -> None:
    made = [booster(), stopped_early().get_booster()]
    contents = {
        "xgboost-model-0": pickle.dumps(made[0]),
        "./xgboost-model-1": bytes(made[1].save_raw("ubj")),
        "code/inference.py": b"print()",
    }
    for name, content in contents.items():
        path = tmp_path / "old" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        for name in contents:
            archive.add(tmp_path / "old" / name, name)
    done = run(TRUST, tmp_path / "model.tar.gz", tmp_path / "new.tar.gz")
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "new.tar.gz") as archive:
        found = {member.name: archive.extractfile(member) for member in archive}
        new = {name.removeprefix("./"): file.read() for name, file in found.items() if file}
    assert new == {
        "xgboost-model-0": bytes(made[0].save_raw("ubj")),
        "xgboost-model-1": contents["./xgboost-model-1"],
        "code/inference.py": b"print()",
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            write_tar_gz(make_entry("xgboost-model", bytes(300 << 20))),
            "unpacks to more than 256 MB",
        ),
        (write_tar_gz(make_sparse(1 << 40)), "unpacks to more than 256 MB"),
        (write_tar_gz(make_entry("xgboost-model", bytes(range(256)) * 999))[:400], "end-of-stream"),
    ],
    ids=["bomb", "hole", "cut"],
)
def test_an_archive_that_is_too_large_or_cut_is_refused(
    content: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / "model.tar.gz").write_bytes(content)
    done = run(TRUST, tmp_path / "model.tar.gz", tmp_path / "new.tar.gz")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert says in done.stderr
    assert not (tmp_path / "new.tar.gz").exists()


class Touch:
    """A pickle that makes a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_nothing_runs_before_its_owner_says_so(tmp_path: Path) -> None:
    source, target = tmp_path / "xgboost-model", tmp_path / "new.ubj"
    source.write_bytes(pickle.dumps(Touch(tmp_path / "ran")))
    refused = run(source, target)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Loading a pickle runs whatever code is in it.")
    with pytest.raises(UserError, match="is not an XGBoost model") as served:
        serving.load(tmp_path)
    assert not (tmp_path / "ran").exists()
    command = "python scripts/convert_model.py --i-trust-this-file xgboost-model xgboost-model.ubj"
    assert command in str(served.value)
    trusted = run(TRUST, source, target)
    assert trusted.returncode == 1
    assert trusted.stderr == f"{source} holds a NoneType, and no XGBoost model.\n"
    assert (tmp_path / "ran").exists()
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "target", "words"),
    [
        (b"\x80\x04broken", "new.ubj", "cannot be unpickled with xgboost"),
        (pickle.dumps({}), "new.ubj", "holds a dict, and no XGBoost model"),
        (b"", "new.model", "must end in .ubj or .json"),
        (b"", "new.tar.gz", "A .tar.gz becomes a .tar.gz"),
    ],
)
def test_what_is_no_model_is_a_sentence_and_leaves_nothing(
    content: bytes, target: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old").write_bytes(content)
    assert convert_model.main([TRUST, str(tmp_path / "old"), str(tmp_path / target)]) == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


OLD = Path(__file__).parents[1] / "golden" / "xgboost-1.7.6.binf"  # by save_model of xgboost 1.7.6


def test_the_old_binary_form_is_named_with_what_reads_it(tmp_path: Path) -> None:
    source = tmp_path / "xgboost-model"
    source.write_bytes(OLD.read_bytes())
    done = run(source, tmp_path / "xgboost-model.ubj")
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"{source} is in XGBoost's old binary form, which xgboost {xgb.__version__} does not read."
        " Convert it with xgboost 3.0.5, which needs no pickle and no flag:"
        " uv run scripts/convert_model.py xgboost-model xgboost-model.ubj, or pip install"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["xgboost-model"]
