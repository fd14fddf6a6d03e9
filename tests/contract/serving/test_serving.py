"""Stories of serving: one container, the pipeline, batch transform, on each engine."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from examples.house_prices.figures import compute_scores, read_importances
from examples.house_prices.workflow import FEATURES
from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import discard_line
from local_test.errors import ContainerError
from local_test.jobs import BatchSettings, Split, TransformJob
from local_test.platform.job_status import JobStatus
from tests.conftest import Pipeline

GOLDEN = Path(__file__).parents[2] / "golden" / "house_prices.json"


def test_the_predictions_are_the_golden_ones(endpoint: Endpoint, pipeline: Pipeline) -> None:
    answer = endpoint.invoke(b"".join(pipeline.records(292)), "text/csv")
    assert (answer.status, answer.content_type) == (200, "text/csv")
    prices = [float(line) for line in answer.body.splitlines()]
    golden = json.loads(GOLDEN.read_text())
    ids = pipeline.split.records["Id"].tolist()
    found = {key: prices[ids.index(key)] for key in golden["prices"]}
    assert found == pytest.approx(golden["prices"], rel=1e-5)
    assert compute_scores(pipeline.split.prices, prices).rmse_log == pytest.approx(
        golden["rmse_log"], abs=1e-5
    )
    assert golden["rmse_log"] <= 0.128


def test_a_rows_score_does_not_depend_on_its_batch(endpoint: Endpoint, pipeline: Pipeline) -> None:
    records = pipeline.records(40)
    together = endpoint.invoke(b"".join(records), "text/csv").body.splitlines()
    alone = [endpoint.invoke(record, "text/csv").body.strip() for record in records]
    backwards = endpoint.invoke(b"".join(reversed(records)), "text/csv").body.splitlines()
    assert together == alone == backwards[::-1]


def test_header_and_label_change_nothing(endpoint: Endpoint, pipeline: Pipeline) -> None:
    bare = endpoint.invoke(b"".join(pipeline.records(3)), "text/csv; charset=utf-8").body
    named = pipeline.split.records.head(3).to_csv(index=False, na_rep="NA")
    assert endpoint.invoke(named.encode(), "text/csv").body == bare
    shuffled = pipeline.split.records.head(3).iloc[:, ::-1].to_csv(index=False, na_rep="NA")
    assert endpoint.invoke(shuffled.encode(), "Text/CSV").body == bare


def test_records_and_prices_are_the_same_in_every_format(
    endpoint: Endpoint, pipeline: Pipeline
) -> None:
    csv = endpoint.invoke(b"".join(pipeline.records(5)), "text/csv").body
    prices = np.array([float(line) for line in csv.splitlines()], dtype=np.float32)
    table = pipeline.split.records.head(5)
    bodies = {
        "application/json": table.to_json(orient="records").encode(),
        "application/jsonlines": table.to_json(orient="records", lines=True).encode(),
        "application/x-parquet": table.to_parquet(index=False),
    }
    for content_type, body in bodies.items():
        assert endpoint.invoke(body, content_type, "text/csv").body == csv
    answers = {
        accept: endpoint.invoke(bodies["application/json"], "application/json", accept)
        for accept in ("application/json", "application/x-npy", "application/x-parquet")
    }
    assert [answer.content_type for answer in answers.values()] == list(answers)
    as_json = json.loads(answers["application/json"].body)["predictions"]
    assert [np.float32(row["score"]) for row in as_json] == prices.tolist()
    as_npy = np.load(io.BytesIO(answers["application/x-npy"].body), allow_pickle=False)
    assert as_npy[:, 0].tolist() == prices.tolist()
    as_parquet = pd.read_parquet(io.BytesIO(answers["application/x-parquet"].body))
    assert as_parquet["score"].tolist() == prices.tolist()


def test_the_pipeline_equals_its_containers_one_after_the_other(
    endpoint: Endpoint, pipeline: Pipeline
) -> None:
    body = b"".join(pipeline.records(20))
    first, second = pipeline.stages
    with Endpoint([first], pipeline.engine, logs=discard_line) as transform:
        features = transform.invoke(body, "text/csv")
    with Endpoint([second], pipeline.engine, logs=discard_line) as booster:
        prices = booster.invoke(features.body, features.content_type)
    assert prices.body == endpoint.invoke(body, "text/csv").body


def test_features_go_by_name_from_one_image_to_the_other(pipeline: Pipeline) -> None:
    body = b"".join(pipeline.records(5))
    first, second = pipeline.stages
    accepts = ("text/csv; header=present", "application/jsonlines; names=present", FEATURES)
    with Endpoint([first], pipeline.engine, logs=discard_line) as transform:
        plain = transform.invoke(body, "text/csv")
        named = [transform.invoke(body, "text/csv", accept) for accept in accepts]
    features = pd.read_parquet(io.BytesIO(named[-1].body))
    backwards = features.iloc[:, ::-1].to_parquet(index=False)
    without = features.rename(columns={"LotArea": "LotAera"}).to_parquet(index=False)
    with Endpoint([second], pipeline.engine, logs=discard_line) as booster:
        prices = booster.invoke(plain.body, plain.content_type).body
        for answer in named:
            assert booster.invoke(answer.body, answer.content_type).body == prices
        assert booster.invoke(backwards, FEATURES).body == prices
        refused = booster.invoke(without, FEATURES)
    assert refused.original_status == 400
    assert "column 'LotArea' is not there" in refused.error
    assert "did you mean 'LotArea'?" in refused.error


def test_the_model_knows_its_features_by_name(pipeline: Pipeline) -> None:
    shares = read_importances(pipeline.booster, 3)
    assert [name for name, _ in shares] == ["OverallQual", "GrLivArea", "1stFlrSF"]


@pytest.mark.parametrize(
    ("change", "container", "status", "words"),
    [
        (lambda row: row.replace(b",RL,", b",RL", 1), "container-1", 400, "79 columns, and 80 or"),
        (lambda row: row + row[:40], "container-1", 400, "row 2: the row has"),
        (
            lambda row: row.replace(b",7,", b",seven,").replace(b",6,", b",six,"),
            "container-1",
            400,
            "row 1, column",
        ),
        (lambda _: b"", "container-1", 400, "the body is empty"),
    ],
)
def test_a_bad_record_is_a_424_that_names_container_row_and_column(
    endpoint: Endpoint, pipeline: Pipeline, change: object, container: str, status: int, words: str
) -> None:
    assert callable(change)
    answer = endpoint.invoke(change(pipeline.records(1)[0]), "text/csv")
    assert (answer.status, answer.original_status) == (424, status)
    assert container in answer.error
    assert words in answer.error


def test_the_clients_accept_reaches_the_last_container_alone(
    endpoint: Endpoint, pipeline: Pipeline
) -> None:
    answer = endpoint.invoke(pipeline.records(1)[0], "text/csv", "image/png")
    assert (answer.status, answer.original_status) == (424, 406)
    assert "container-2" in answer.error


def test_an_unknown_content_type_is_a_415(endpoint: Endpoint) -> None:
    assert endpoint.invoke(b"x", "image/png").original_status == 415


def test_batch_transform_gives_one_line_a_record_whatever_the_packing(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = pipeline.records(60)
    (tmp_path / "in.csv").write_bytes(b"".join(records))
    outputs = []
    for strategy in ("MultiRecord", "SingleRecord"):
        job = TransformJob(
            pipeline.stages,
            tmp_path / "in.csv",
            "text/csv",
            "text/csv",
            Split.LINE,
            Split.LINE,
            BatchSettings(strategy=strategy),
        )
        result = jobs.transform(job, tmp_path / strategy, pipeline.engine, logs=discard_line)
        assert result.status is JobStatus.COMPLETED
        outputs.append((tmp_path / strategy / "in.csv.out").read_bytes())
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == 60
    assert np.array([float(line) for line in outputs[0].splitlines()]).min() > 30_000


def test_a_bad_record_fails_its_file_alone(pipeline: Pipeline, tmp_path: Path) -> None:
    good = pipeline.records(2)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"".join(good))
    (tmp_path / "in" / "b.csv").write_bytes(good[0] + b"1,2,3\n")
    job = TransformJob(
        pipeline.stages, tmp_path / "in", "text/csv", None, Split.LINE, Split.LINE, retries=0
    )
    result = jobs.transform(job, tmp_path / "out", pipeline.engine, logs=discard_line)
    assert result.status is JobStatus.FAILED
    assert [path.name for path in sorted((tmp_path / "out").glob("*.out"))] == ["a.csv.out"]


@pytest.mark.parametrize(
    ("image", "content", "words"),
    [
        ("xgboost", b"\x80\x04pickle", "is not an XGBoost model in UBJSON or JSON"),
        ("xgboost", b"{}", "is not an XGBoost model in UBJSON or JSON"),
        ("preprocessor", b"[1]", "must hold a JSON object"),
        ("preprocessor", b"{}", "is not a recipe this version reads"),
    ],
)
def test_a_foreign_model_never_answers_ping(
    pipeline: Pipeline, image: str, content: bytes, words: str, tmp_path: Path
) -> None:
    name = "xgboost-model" if image == "xgboost" else "recipe.json"
    (tmp_path / name).write_bytes(content)
    lines: list[str] = []
    endpoint = Endpoint(
        [Stage(image, tmp_path)], pipeline.engine, logs=lambda _, line: lines.append(line)
    )
    with pytest.raises(ContainerError), endpoint:
        pass
    assert any(words in line for line in lines)
