"""Real files go through fit, training and pipeline, and score what plain scikit-learn scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier, XGBRegressor

from local_test import jobs
from local_test.endpoints import Stage
from local_test.engines import Engine, discard_line, select_engine
from local_test.jobs import Channel, TrainingJob, TransformJob
from tests.contract.real_files import CLASS, CLASSES, FILES, NUMBER, RealFile, mileage

FEATURES = "application/x-npy"
ROUNDS, DEPTH, ETA = 60, 4, 0.15
# A score may be less than the plain pipeline's by this: the columns are not treated the same.
SLACK = 0.03


@pytest.fixture(scope="module")
def process() -> Engine:
    return select_engine("process")


@pytest.mark.parametrize("real", FILES, ids=lambda real: real.name)
def test_a_real_file_scores_what_a_plain_pipeline_scores(
    real: RealFile, process: Engine, tmp_path: Path
) -> None:
    train, test = train_test_split(real.table(), test_size=0.25, random_state=0)
    answers, lines = served(real, train, test, process, tmp_path)
    for text in real.said:
        assert any(text in line for line in lines), (text, lines)
    assert len(answers) == len(test)
    expected = plain_predictions(real, train, test)
    truth = real.plain(test)[real.target]
    mine, theirs = (score(real, truth, found, train) for found in (answers, expected))
    assert mine >= theirs - SLACK, (mine, theirs)


def served(
    real: RealFile, train: pd.DataFrame, test: pd.DataFrame, engine: Engine, folder: Path
) -> tuple[NDArray[np.float64], Sequence[str]]:
    """Fit, transform, train and predict as a user does; give the answers and the fit's log."""
    lines: list[str] = []
    (folder / "train").mkdir()
    (folder / "train" / "rows").write_bytes(real.written(train))
    (folder / "test").mkdir()
    (folder / "test" / "rows").write_bytes(real.written(test.drop(columns=real.target)))
    channel = Channel("train", folder / "train", real.content_type)
    given = {"target": real.target, **real.hyperparameters}
    fit = TrainingJob("preprocessor", [channel], given)
    jobs.train(
        fit, folder / "fit", engine, logs=lambda _, line: lines.append(line)
    ).raise_for_status()
    stages = [Stage("preprocessor", folder / "fit" / "model.tar.gz")]
    transform = TransformJob(stages, folder / "train", real.content_type, FEATURES)
    jobs.transform(transform, folder / "features", engine, logs=discard_line).raise_for_status()
    values = {"objective": real.objective, "num_round": str(ROUNDS), "max_depth": str(DEPTH)}
    values |= {"eta": str(ETA), "nthread": "1"}
    if real.objective == CLASSES:
        values["num_class"] = str(train[real.target].nunique())
    boost = TrainingJob("xgboost", [Channel("train", folder / "features", FEATURES)], values)
    jobs.train(boost, folder / "boost", engine, logs=discard_line).raise_for_status()
    stages.append(Stage("xgboost", folder / "boost" / "model.tar.gz"))
    predict = TransformJob(stages, folder / "test", real.content_type, "text/csv")
    jobs.transform(predict, folder / "answers", engine, logs=discard_line).raise_for_status()
    text = (folder / "answers" / "rows.out").read_text().replace('"', "")
    found = [line.strip("[]").split(",") for line in text.splitlines()]
    return np.array(found, dtype=np.float64).squeeze(), lines


def plain_predictions(
    real: RealFile, train: pd.DataFrame, test: pd.DataFrame
) -> NDArray[np.float64]:
    """Predict as a notebook does: medians, one-hot columns of up to 50 texts, XGBoost."""
    rows, others = (real.plain(part).drop(columns=real.target) for part in (train, test))
    label = real.plain(train)[real.target]
    numbers = [name for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
    texts = [name for name in rows if name not in numbers and rows[name].nunique() <= 50]
    prepared = make_column_transformer(
        (SimpleImputer(strategy="median"), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
    )
    given = {"n_estimators": ROUNDS, "max_depth": DEPTH, "learning_rate": ETA, "n_jobs": 1}
    if real.objective == NUMBER:
        model = make_pipeline(prepared, XGBRegressor(**given)).fit(rows, label)
        return np.asarray(model.predict(others), dtype=np.float64)
    codes = {name: code for code, name in enumerate(sorted(label.unique()))}
    fitted = make_pipeline(prepared, XGBClassifier(**given)).fit(rows, label.map(codes))
    found = np.asarray(fitted.predict_proba(others), dtype=np.float64)
    return found[:, 1] if real.objective == CLASS else found


def score(
    real: RealFile, truth: pd.Series[float], found: NDArray[np.float64], train: pd.DataFrame
) -> float:
    """Give R squared of numbers, the area under the curve of two classes, accuracy of several."""
    if real.objective == NUMBER:
        return float(r2_score(truth, found))
    names = sorted(train[real.target].unique())
    if real.objective == CLASS:
        return float(roc_auc_score(truth == names[1], found))
    return float(accuracy_score(truth, [names[index] for index in found.argmax(axis=1)]))


def test_what_excel_writes_is_refused_with_what_reads_it(process: Engine, tmp_path: Path) -> None:
    real = next(real for real in FILES if "Excel" in real.name)
    (tmp_path / "rows.csv").write_bytes(real.written(mileage()))
    channel = Channel("train", tmp_path / "rows.csv")
    job = TrainingJob("preprocessor", [channel], {"target": real.target})
    result = jobs.train(job, tmp_path / "out", process, logs=discard_line)
    assert result.exit_code == 1
    reason = (tmp_path / "out" / "FailureReason").read_text()
    assert "text/csv; delimiter=semicolon; decimal=comma" in reason
