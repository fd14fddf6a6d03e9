"""The example in stages: train, transform, train, serve, predict.

The booster learns logarithms of prices; the transform, as the third container, makes its answers
dollars again.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from examples.house_prices import data
from examples.house_prices.data import Split
from examples.house_prices.display import Display
from examples.house_prices.figures import compute_scores, read_importances
from examples.house_prices.report import Run
from local_test import jobs
from local_test.endpoints import Endpoint
from local_test.endpoints import Stage as Container
from local_test.engines import Engine
from local_test.jobs import Channel, TrainingJob, TransformJob

PREPROCESSOR, XGBOOST = "preprocessor", "xgboost"
# Features travel with their names, and every number is the one that was computed.
FEATURES = "application/x-parquet"

# MSSubClass is a number in the file and the name of a kind of dwelling.
TRANSFORM = {
    "target": data.TARGET,
    "target_scale": "log1p",
    "columns": '{"MSSubClass": "category"}',
}

# Squared error of the logarithm weighs errors by the price, as the competition does.
# Chosen by 5-fold cross-validation of the training rows alone.
BOOSTER = {
    "objective": "reg:squarederror",
    "num_round": "1500",
    "eta": "0.03",
    "max_depth": "3",
    "subsample": "0.6",
    "colsample_bytree": "0.2",
    "eval_metric": "rmse",
    "nthread": "1",
}


@dataclass(frozen=True)
class Answers:
    """What the pipeline said of the held-out records, and how long one takes."""

    prices: list[float]
    latency_ms: float


def run_workflow(engine: Engine, folder: Path, display: Display, version: str) -> Run:
    """Run the whole way and give what came of it.

    Raises JobError when a job fails, ContainerError when a container does not come up.
    """
    with display.stage("fetch data") as stage:
        split = data.split(data.fetch(), folder / "data")
        data.write_samples(split, folder)
        stage.result = f"{len(split.prices)} of {split.rows} houses held out"
    transform = _fit_transform(engine, folder, split, display)
    features = _transform_data(engine, folder, transform, display)
    booster = _train_booster(engine, folder, features, display)
    answers = _predict_all(engine, split, transform, booster, display)
    return Run(
        engine=engine.name,
        reason=engine.reason,
        version=version,
        scores=compute_scores(split.prices, answers.prices),
        true=split.prices,
        predicted=answers.prices,
        names=[str(name) for name in split.records["Id"]],
        importances=read_importances(booster, 20),
        stages=display.seconds,
        latency_ms=answers.latency_ms,
        hyperparameters={PREPROCESSOR: TRANSFORM, XGBOOST: BOOSTER},
    )


def make_stages(transform: Path, booster: Path) -> list[Container]:
    """Return the three containers of the pipeline, made of two model archives."""
    return [
        Container(PREPROCESSOR, transform),
        Container(XGBOOST, booster),
        Container(PREPROCESSOR, transform, {"TANDEM_STAGE": "inverse"}),
    ]


def _fit_transform(engine: Engine, folder: Path, split: Split, display: Display) -> Path:
    with display.stage("fit transform") as stage:
        job = TrainingJob(PREPROCESSOR, [Channel("train", split.train, "text/csv")], TRANSFORM)
        result = jobs.train(job, folder / PREPROCESSOR, engine, logs=display.log)
        result.raise_for_status()
        stage.result = f"{split.records.shape[1]} raw columns, schema inferred"
    return folder / PREPROCESSOR / "model.tar.gz"


def _transform_data(engine: Engine, folder: Path, model: Path, display: Display) -> Path:
    with display.stage("transform both splits") as stage:
        stages = [Container(PREPROCESSOR, model)]
        job = TransformJob(stages, folder / "data", "text/csv", FEATURES)
        result = jobs.transform(job, folder / "features", engine, logs=display.log)
        result.raise_for_status()
        columns = pd.read_parquet(folder / "features" / "train.csv.out").columns
        stage.result = f"label first, then {len(columns) - 1} features"
    return folder / "features"


def _train_booster(engine: Engine, folder: Path, features: Path, display: Display) -> Path:
    with display.stage("train booster") as stage:

        def watch(container: str, line: str) -> None:
            display.log(container, line)
            if line.startswith("["):
                stage.at(line.replace("\t", "  "))

        channels = [
            Channel("train", features / "train.csv.out", FEATURES),
            Channel("validation", features / "holdout.csv.out", FEATURES),
        ]
        job = TrainingJob(XGBOOST, channels, BOOSTER)
        result = jobs.train(job, folder / XGBOOST, engine, logs=watch)
        result.raise_for_status()
        stage.result = f"{BOOSTER['num_round']} rounds on logarithms of prices"
    return folder / XGBOOST / "model.tar.gz"


def _predict_all(
    engine: Engine, split: Split, transform: Path, booster: Path, display: Display
) -> Answers:
    stages = make_stages(transform, booster)
    with ExitStack() as running:
        with display.stage("start pipeline") as stage:
            endpoint = running.enter_context(Endpoint(stages, engine, logs=display.log))
            stage.result = f"all three answer /ping after {endpoint.seconds_to_ready:.2f} s"
        with display.stage("predict") as stage:
            answers = _predict(endpoint, split.records)
            stage.result = f"{len(answers.prices)} records, {answers.latency_ms:.1f} ms each"
    return answers


def _predict(endpoint: Endpoint, records: pd.DataFrame) -> Answers:
    prices, times = [], []
    for _, record in records.iterrows():
        body = record.to_frame().T.to_csv(header=False, index=False, na_rep="NA").encode()
        started = time.perf_counter()
        answer = endpoint.invoke(body, "text/csv")
        times.append(time.perf_counter() - started)
        if not answer.ok:
            raise RuntimeError(answer.error)
        prices.append(float(answer.body))
    return Answers(prices, 1000 * statistics.median(times))
