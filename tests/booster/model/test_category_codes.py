"""Categorical features: the trees plain XGBoost grows on pandas' categories, and codes that fit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost as xgb

from booster import serving
from booster.model import artifact, booster_io
from booster.training import train
from tandem.contract.settings import read
from tandem.contract.training_job import Job
from tandem.data.feature_list import FeatureList
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService
from tests.booster.model.test_feature_names import PARQUET, job, trees, written

ZONES = ["C (all)", "RL", "RM", "FV", "RH", "A", "I"]
KINDS = ["x", "y"]
ON = {"enable_categorical": "true"}
NAMES = ("area", "zone", "kind")


def frame(rows: int = 300) -> pd.DataFrame:
    """Numbers, seven zones and two kinds, some of each missing; the label first."""
    generator = np.random.default_rng(3)
    area = generator.normal(size=rows).round(3)
    zone, kind = generator.integers(-1, 7, rows), generator.integers(-1, 2, rows)
    effect = np.array([3.0, -2, 1, 0.5, 5, -4, 2, -6])
    return pd.DataFrame(
        {
            "price": (area * effect[kind] + effect[zone]).round(4),
            "area": area,
            "zone": pd.Categorical.from_codes(zone.tolist(), pd.Index(ZONES)),
            "kind": pd.Categorical.from_codes(kind.tolist(), pd.Index(KINDS)),
        }
    )


def codes(data: pd.DataFrame) -> pd.DataFrame:
    found = data.copy()
    for name in ("zone", "kind"):
        found[name] = data[name].cat.codes.astype("float64")
    return found


def plain(data: pd.DataFrame, parameters: dict[str, Any]) -> xgb.Booster:
    """Let the library train by itself."""
    kind = xgb.DMatrix if "tree_method" in parameters else xgb.QuantileDMatrix
    matrix = kind(data.drop(columns="price"), data["price"], enable_categorical=True)
    return xgb.train({"nthread": 2, "seed": 0, **parameters}, matrix, 5)


def tree_parts(model: Any) -> Any:
    return [
        {k: v for k, v in tree.items() if k != "tree_param"} for tree in model["model"]["trees"]
    ]


def service(done: Job) -> ModelService:
    return ModelService(serving.load(done.model_dir), read({}))


def scores(asked: ModelService, content_type: str, body: bytes) -> list[np.float32]:
    answer = asked.invoke(content_type, "application/json", body)
    return [np.float32(row["score"]) for row in json.loads(answer.body)["predictions"]]


@pytest.mark.parametrize(
    "hyperparameters",
    [
        {},
        {"max_cat_to_onehot": "10"},
        {"max_cat_to_onehot": "1", "max_cat_threshold": "2"},
        {"tree_method": "approx"},
    ],
)
def test_the_trees_are_those_of_pandas_categories(
    hyperparameters: dict[str, str], tmp_path: Path
) -> None:
    data = frame()
    done = job(tmp_path, {"train": [written(data, PARQUET)]}, PARQUET, ON | hyperparameters)
    train(done)
    expected = plain(data, {**hyperparameters})
    model = booster_io.load(done.model_dir)
    assert model.feature_types == ["q", "c", "c"]
    theirs = json.loads(bytes(expected.save_raw("json")))["learner"]["gradient_booster"]
    assert tree_parts(trees(done.model_dir)) == tree_parts(theirs)
    features = data.drop(columns="price")
    found = scores(service(done), PARQUET, features.to_parquet(index=False) or b"")
    assert found == expected.predict(xgb.DMatrix(features, enable_categorical=True)).tolist()


def test_parameters_of_categories_change_the_trees(tmp_path: Path) -> None:
    found = []
    for index, given in enumerate(({}, {"max_cat_to_onehot": "10"}, {"max_cat_threshold": "1"})):
        folder = tmp_path / str(index)
        done = job(folder, {"train": [written(frame(), PARQUET)]}, PARQUET, ON | given)
        train(done)
        found.append(json.dumps(trees(done.model_dir)))
    assert len(set(found)) == 3


@pytest.mark.parametrize("listed", ["zone,kind", "1,2", "zone,2"])
def test_codes_with_a_list_of_features_give_the_same_trees(listed: str, tmp_path: Path) -> None:
    texts = job(tmp_path / "a", {"train": [written(frame(), PARQUET)]}, PARQUET, ON)
    train(texts)
    given = ON | {"categorical_features": listed}
    by_code = job(
        tmp_path / "b", {"train": [written(codes(frame()), "text/csv")]}, "text/csv", given
    )
    train(by_code)
    assert trees(texts.model_dir) == trees(by_code.model_dir)
    rows = codes(frame()).drop(columns="price")
    body = rows.to_csv(index=False, header=False).encode()
    first, second = (
        scores(service(texts), "text/csv", body),
        scores(service(by_code), "text/csv", body),
    )
    assert first == second


def test_a_list_of_features_tells_categories_of_plain_codes(tmp_path: Path) -> None:
    known = FeatureList(NAMES, {"zone": tuple(ZONES), "kind": tuple(KINDS)}).to_json()
    bare = codes(frame()).to_csv(index=False, header=False).encode()
    done = job(tmp_path, {"train": [bare], "features": [known]}, "text/csv", ON)
    part = done.channels["features"].path / "part-0"
    part.rename(part.with_name("features.json"))
    train(done)
    assert tree_parts(trees(done.model_dir))
    features = frame().drop(columns="price")
    expected = plain(frame(), {}).predict(xgb.DMatrix(features, enable_categorical=True)).tolist()
    assert scores(service(done), PARQUET, features.to_parquet(index=False) or b"") == expected


def test_codes_described_in_the_file_need_no_list(tmp_path: Path) -> None:
    data = pa.Table.from_pandas(codes(frame()), preserve_index=False)
    told = {"zone": ZONES, "kind": KINDS}
    fields = [
        field.with_metadata({"categories": json.dumps(told[field.name])})
        if field.name in told
        else field
        for field in data.schema
    ]
    out = io.BytesIO()
    pq.write_table(data.cast(pa.schema(fields)), out)
    done = job(tmp_path / "on", {"train": [out.getvalue()]}, PARQUET, ON)
    train(done)
    texts = job(tmp_path / "texts", {"train": [written(frame(), PARQUET)]}, PARQUET, ON)
    train(texts)
    assert trees(done.model_dir) == trees(texts.model_dir)
    off = job(tmp_path / "off", {"train": [out.getvalue()]}, PARQUET)
    train(off)
    assert booster_io.load(off.model_dir).feature_types is None


def test_what_training_did_not_see_is_missing(tmp_path: Path) -> None:
    data = frame()
    done = job(tmp_path / "a", {"train": [written(data, PARQUET)]}, PARQUET, ON)
    train(done)
    given = ON | {"categorical_features": "zone,kind"}
    by_code = job(tmp_path / "b", {"train": [written(codes(data), "text/csv")]}, "text/csv", given)
    train(by_code)
    missing = scores(service(done), "text/csv", b"0.5,,1\n-0.5,2,\n")
    rows = pd.DataFrame({"area": [0.5, -0.5], "zone": ["Mars", "RM"], "kind": ["y", "z"]})
    for body in (rows.to_parquet(index=False), rows.astype({"zone": "category"}).to_parquet()):
        assert scores(service(done), PARQUET, body or b"") == missing
    assert scores(service(done), "text/csv", b"0.5,-1,1\n-0.5,2,-1\n") == missing
    assert scores(service(by_code), "text/csv", b"0.5,7,1\n-0.5,2,99\n") == missing
    everything = {
        float(score) for score in scores(service(done), "text/csv", b"0.5,0,1\n0.5,5,1\n")
    }
    assert float(missing[0]) not in everything


def test_validation_may_hold_what_training_did_not_see(tmp_path: Path) -> None:
    held = frame().head(40).astype({"zone": str})
    held.loc[:20, "zone"] = "Mars"
    gone = frame().head(40)
    gone.loc[:20, "zone"] = None
    found = []
    for index, validation in enumerate((held, gone)):
        bodies = {
            "train": [written(frame(), PARQUET)],
            "validation": [written(validation, PARQUET)],
        }
        done = job(tmp_path / str(index), bodies, PARQUET, ON)
        train(done)
        found.append(json.loads((done.paths.output_data / "metrics.json").read_text())["scores"])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"0.5,7,1\n", "row 1, column 'zone': there is no category 7: the column has 7, counted"),
        (b"1,1,1\n0.5,1.5,1\n", "row 2, column 'zone': a category's code must be a whole number"),
        (b"0.5,RL,1\n", "row 1, column '2': a number is expected, and the value is a word."),
    ],
)
def test_what_is_no_code_is_refused(body: bytes, sentence: str, tmp_path: Path) -> None:
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, ON)
    train(done)
    with pytest.raises(BadData) as caught:
        service(done).invoke("text/csv", None, body)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("hyperparameters", "sentence"),
    [
        (
            ON | {"categorical_features": "zonne"},
            "hyperparameter 'categorical_features' names 'zonne', which is no feature;"
            " did you mean 'zone'?",
        ),
        (
            ON | {"categorical_features": "3"},
            "names '3', which is no feature. There are 3 features",
        ),
        (ON | {"categorical_features": "area"}, "column 'area': a category's code must be a whole"),
        (ON | {"tree_method": "exact"}, "XGBoost refuses this job"),
        ({}, "column 'zone': a number is expected, and the value is a word"),
    ],
)
def test_a_job_that_cannot_be_is_refused(
    hyperparameters: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=sentence):
        train(job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, hyperparameters))


def test_training_goes_on_with_the_codes_of_the_given_model(tmp_path: Path) -> None:
    first = job(tmp_path / "a", {"train": [written(frame(), PARQUET)]}, PARQUET, ON)
    train(first)
    turned = frame()
    turned["zone"] = turned["zone"].cat.reorder_categories(ZONES[::-1])
    model = (first.model_dir / "xgboost-model").read_bytes()
    models = []
    for name, data in {"straight": frame(), "turned": turned}.items():
        second = job(
            tmp_path / name, {"train": [written(data, PARQUET)], "model": [b""]}, PARQUET, ON
        )
        folder = second.channels["model"].path
        (folder / "part-0").unlink()
        (folder / "xgboost-model").write_bytes(model)
        train(second)
        models.append(trees(second.model_dir))
    assert models[0] == models[1]
    off = job(
        tmp_path / "off", {"train": [written(codes(frame()), PARQUET)], "model": [b""]}, PARQUET
    )
    (off.channels["model"].path / "part-0").rename(off.channels["model"].path / "xgboost-model")
    (off.channels["model"].path / "xgboost-model").write_bytes(model)
    with pytest.raises(UserError, match="the model of channel 'model' has categorical features"):
        train(off)


def test_the_models_of_folds_know_their_categories(tmp_path: Path) -> None:
    given = ON | {"_kfold": "2"}
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, given)
    train(done)
    rows = frame().drop(columns="price").head(3)
    by_code = codes(frame()).drop(columns="price").head(3).to_csv(index=False, header=False)
    by_text = rows.to_parquet(index=False) or b""
    asked = service(done)
    assert scores(asked, PARQUET, by_text) == scores(asked, "text/csv", by_code.encode())


def test_a_model_of_plain_xgboost_is_served_by_its_own_categories(tmp_path: Path) -> None:
    features = frame().drop(columns="price")
    booster = plain(frame(), {})
    booster.save_model(tmp_path / "model.ubj")
    asked = ModelService(serving.load(tmp_path), read({}))
    expected = booster.predict(xgb.DMatrix(features, enable_categorical=True)).tolist()
    turned = features.assign(zone=features["zone"].cat.reorder_categories(ZONES[::-1]))
    assert scores(asked, PARQUET, turned.to_parquet(index=False) or b"") == expected
    by_code = codes(frame()).drop(columns="price").to_csv(index=False, header=False)
    assert scores(asked, "text/csv", by_code.encode()) == expected


def test_explanations_of_categories_add_up(tmp_path: Path) -> None:
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, ON)
    train(done)
    body = codes(frame()).drop(columns="price").head(5).to_csv(index=False, header=False).encode()
    asked = service(done)
    answer = asked.invoke("text/csv", "application/json", body, ("contributions",))
    sums = [sum(row["contributions"]) for row in json.loads(answer.body)["predictions"]]
    assert sums == pytest.approx(list(map(float, scores(asked, "text/csv", body))), abs=1e-5)
    report = (done.paths.output_data / "report.html").read_text()
    assert "zone" in report


def test_a_model_of_plain_xgboost_on_codes_is_served(tmp_path: Path) -> None:
    rows = codes(frame()).drop(columns="price").replace(-1, np.nan)
    kinds = ["q", "c", "c"]
    matrix = xgb.DMatrix(rows, frame()["price"], feature_types=kinds, enable_categorical=True)
    booster = xgb.train({}, matrix, 3)
    booster.save_model(tmp_path / "model.ubj")
    asked = ModelService(serving.load(tmp_path), read({}))
    expected = booster.predict(matrix).tolist()
    assert scores(asked, "text/csv", rows.to_csv(index=False).encode()) == expected


def test_a_code_that_only_the_given_model_has_seen_is_no_stranger(tmp_path: Path) -> None:
    given = ON | {"categorical_features": "0", "min_child_weight": "0"}
    rows = [f"{label},{code},1\n" for code, label in enumerate((0, 10, 20, 30, 40, 50))]
    rows.append("-30,,1\n")
    first = job(tmp_path / "a", {"train": ["".join(rows * 20).encode()]}, "text/csv", given)
    train(first)
    fewer = "".join(rows[:3] * 20).encode()
    second = job(tmp_path / "b", {"train": [fewer], "model": [b""]}, "text/csv", given)
    folder = second.channels["model"].path
    (folder / "part-0").unlink()
    (folder / artifact.NAME).write_bytes((first.model_dir / artifact.NAME).read_bytes())
    train(second)
    seen, missing, unseen = scores(service(second), "text/csv", b"5,1\n,1\n6,1\n")
    assert unseen == missing
    assert seen > missing + 20
