"""Features under their names, from the training channel to the answer."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from booster import serving
from booster.model import artifact, booster_io
from booster.params.hyperparameters import SCHEMA
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.settings import read
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job
from tandem.data.feature_list import FeatureList
from tandem.data.tables import Table
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService
from tests.booster.training_jobs import make_features, make_labels

NAMES = ("income<50K", "zone=A [x]", "area", "rooms", "année", "a,b")
PARQUET, JSONL = "application/x-parquet", "application/jsonlines"


def frame(rows: slice = slice(None), order: Sequence[str] = NAMES) -> pd.DataFrame:
    """The data set of the other tests under names, the label first."""
    found = pd.DataFrame(make_features()[rows], columns=list(NAMES))[list(order)]
    found.insert(0, "price", make_labels("number")[rows])
    return found


def written(data: pd.DataFrame, content_type: str) -> bytes:
    if content_type == PARQUET:
        out = io.BytesIO()
        data.to_parquet(out, index=False)
        return out.getvalue()
    if content_type == JSONL:
        return bytes(data.to_json(orient="records", lines=True, double_precision=15).encode())
    return data.to_csv(index=False, header=content_type != "bare").encode()


def job(
    root: Path,
    files: Mapping[str, Sequence[bytes]],
    content_type: str,
    hyperparameters: Mapping[str, str] | None = None,
) -> Job:
    paths = Paths(root)
    paths.model.mkdir(parents=True)
    channels = {}
    for channel, bodies in files.items():
        folder = paths.data / channel
        folder.mkdir(parents=True)
        for index, body in enumerate(bodies):
            (folder / f"part-{index}").write_bytes(body)
        channels[channel] = Channel(channel, folder, content_type)
    texts = {"num_round": "5", "nthread": "2", **(hyperparameters or {})}
    return Job(resolve_hyperparameters(SCHEMA, texts), channels, paths, stop=Stop())


def trees(path: Path) -> Any:
    booster = booster_io.load(path)
    return json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]


@pytest.mark.parametrize("content_type", [PARQUET, JSONL, "text/csv"])
def test_names_reach_model_metrics_and_report(content_type: str, tmp_path: Path) -> None:
    one = job(tmp_path / "a", {"train": [written(frame(), content_type)]}, content_type)
    train(one)
    bare = job(tmp_path / "b", {"train": [written(frame(), "bare")]}, "text/csv")
    train(bare)
    assert booster_io.load(one.model_dir).feature_names == list(NAMES)
    assert booster_io.load(bare.model_dir).feature_names is None
    assert trees(one.model_dir) == trees(bare.model_dir)
    facts = json.loads((one.paths.output_data / "metrics.json").read_text())
    assert facts["features"] == list(NAMES)
    gains = xgb.Booster(model_file=bytearray((bare.model_dir / "xgboost-model").read_bytes()))
    first = max(gains.get_score(importance_type="total_gain").items(), key=lambda pair: pair[1])[0]
    assert next(iter(facts["importance"])) == NAMES[int(first[1:])] == "income<50K"
    assert "income&lt;50K" in (one.paths.output_data / "report.html").read_text()


def test_files_and_validation_may_have_another_order(tmp_path: Path) -> None:
    backwards = NAMES[::-1]
    straight = {"train": [frame(slice(160))], "validation": [frame(slice(160, None))]}
    mixed = {
        "train": [frame(slice(100)), frame(slice(100, 160), backwards)],
        "validation": [frame(slice(160, None), backwards)],
    }
    found = []
    for name, sets in {"straight": straight, "mixed": mixed}.items():
        files = {key: [written(part, PARQUET) for part in parts] for key, parts in sets.items()}
        done = job(tmp_path / name, files, PARQUET)
        train(done)
        facts = json.loads((done.paths.output_data / "metrics.json").read_text())
        found.append((trees(done.model_dir), facts["scores"]))
    assert found[0] == found[1]


def test_a_file_without_a_header_is_read_by_position(tmp_path: Path) -> None:
    files = [written(frame(slice(100)), "text/csv"), written(frame(slice(100, None)), "bare")]
    done = job(tmp_path, {"train": files}, "text/csv")
    train(done)
    assert booster_io.load(done.model_dir).feature_names == list(NAMES)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (frame().rename(columns={"area": "aera"}), "train/part-1: column 'area' is not there. The"),
        (frame().drop(columns="area"), "train/part-1: column 'area' is not there. The model was"),
        (frame().assign(x=1.0), "train/part-1: column 'x' is not one the model knows."),
    ],
)
def test_files_with_other_columns_are_refused(
    second: pd.DataFrame, sentence: str, tmp_path: Path
) -> None:
    files = [written(frame(), PARQUET), written(second, PARQUET)]
    with pytest.raises(BadData) as caught:
        train(job(tmp_path, {"train": files}, PARQUET))
    assert str(caught.value).startswith(sentence)


def test_a_place_in_a_named_file_is_named(tmp_path: Path) -> None:
    broken = frame()
    broken.loc[3, "area"] = 1e300
    with pytest.raises(BadData, match="train/part-0, row 4, column 'area': the number is too"):
        train(job(tmp_path / "a", {"train": [written(broken, PARQUET)]}, PARQUET))
    broken = frame()
    broken.loc[3, "price"] = np.nan
    with pytest.raises(BadData, match="train/part-0, row 4, column 'price': the label is missing"):
        train(job(tmp_path / "b", {"train": [written(broken, PARQUET)]}, PARQUET))


def test_constraints_by_name_are_those_by_position(tmp_path: Path) -> None:
    by_name = {
        "monotone_constraints": '{"income<50K": -1, "rooms": 1}',
        "interaction_constraints": '[["area", "rooms"], ["a,b", "année", 0]]',
    }
    by_place = {
        "monotone_constraints": "(-1,0,0,1,0,0)",
        "interaction_constraints": "[[2, 3], [5, 4, 0]]",
    }
    models = []
    for name, given in {"name": by_name, "place": by_place, "free": {}}.items():
        done = job(tmp_path / name, {"train": [written(frame(), PARQUET)]}, PARQUET, given)
        train(done)
        models.append(trees(done.model_dir))
    assert models[0] == models[1] != models[2]
    wrong = job(
        tmp_path / "wrong",
        {"train": [written(frame(), PARQUET)]},
        PARQUET,
        {"monotone_constraints": '{"room": 1}'},
    )
    with pytest.raises(UserError, match="names 'room', which is no feature; did you mean 'rooms'"):
        train(wrong)


@pytest.mark.parametrize("booster", ["gbtree", "gblinear"])
def test_a_named_model_answers_named_and_plain_rows_alike(booster: str, tmp_path: Path) -> None:
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, {"booster": booster})
    train(done)
    service = ModelService(serving.load(done.model_dir), read({}))
    rows = frame().drop(columns="price")
    plain = service.invoke("text/csv", None, rows.to_csv(index=False, header=False).encode()).body
    shuffled = rows[list(NAMES[::-1])]
    for content_type in (PARQUET, JSONL, "text/csv"):
        assert service.invoke(content_type, None, written(shuffled, content_type)).body == plain
    with pytest.raises(BadData, match="column 'area' is not there"):
        service.invoke(PARQUET, None, written(shuffled.drop(columns="area"), PARQUET))


def test_a_named_model_explains_itself(tmp_path: Path) -> None:
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET)
    train(done)
    model = serving.load(done.model_dir)
    table = Table(make_features()[:5])
    answer = model.select(table, ["contributions", "interactions", "leaf"])
    contributions, interactions, leaf = (part.values for part in answer.outputs)  # noqa: PD011
    margins = model.predict(table).numbers[:, 0]
    assert contributions.sum(axis=1) == pytest.approx(margins, abs=1e-5)
    assert interactions.sum(axis=1) == pytest.approx(margins, abs=1e-5)
    assert leaf.shape == (5, 5)


def test_training_goes_on_from_a_named_model(tmp_path: Path) -> None:
    first = job(tmp_path / "a", {"train": [written(frame(), PARQUET)]}, PARQUET)
    train(first)
    model = (first.model_dir / "xgboost-model").read_bytes()
    for name, content_type, data in (
        ("named", PARQUET, frame(order=NAMES[::-1])),
        ("plain", "bare", frame()),
    ):
        files = {"train": [written(data, content_type)], "model": [b""]}
        kind = "text/csv" if content_type == "bare" else content_type
        second = job(tmp_path / name, files, kind)
        (second.channels["model"].path / "part-0").unlink()
        (second.channels["model"].path / "xgboost-model").write_bytes(model)
        train(second)
        longer = booster_io.load(second.model_dir)
        assert (longer.num_boosted_rounds(), longer.feature_names) == (10, list(NAMES))


def test_the_models_of_folds_have_names(tmp_path: Path) -> None:
    done = job(tmp_path, {"train": [written(frame(), PARQUET)]}, PARQUET, {"_kfold": "2"})
    train(done)
    folds = sorted(done.model_dir.glob("xgboost-model-*"))
    models = [xgb.Booster(model_file=bytearray(path.read_bytes())) for path in folds]
    assert [model.feature_names for model in models] == [list(NAMES)] * 2
    assert serving.load(done.model_dir).schema.names == NAMES


def test_a_model_of_plain_xgboost_with_names_is_served_by_name(tmp_path: Path) -> None:
    data = pd.DataFrame(make_features()[:, :2], columns=["area", "rooms"])
    booster = xgb.train({}, xgb.DMatrix(data, make_labels("number")), 3)
    booster.save_model(tmp_path / "model.ubj")
    (tmp_path / "model.ubj").rename(tmp_path / artifact.NAME)
    model = serving.load(tmp_path)
    expected = booster.predict(xgb.DMatrix(data)).tolist()
    body = written(data[["rooms", "area"]], PARQUET)
    answer = ModelService(model, read({})).invoke(PARQUET, "application/json", body)
    found = [row["score"] for row in json.loads(answer.body)["predictions"]]
    assert np.array(found, np.float32).tolist() == expected


@pytest.mark.parametrize("packed", [True, False])
def test_files_without_names_take_them_from_the_channel_features(
    packed: bool, tmp_path: Path
) -> None:
    listed = FeatureList(NAMES).to_json()
    bare = job(tmp_path / "a", {"train": [written(frame(), "bare")], "features": [b""]}, "text/csv")
    folder = bare.channels["features"].path
    (folder / "part-0").unlink()
    if packed:
        with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("./features.json")
            member.size = len(listed)
            archive.addfile(member, io.BytesIO(listed))
    else:
        (folder / "features.json").write_bytes(listed)
    train(bare)
    assert booster_io.load(bare.model_dir).feature_names == list(NAMES)
    facts = json.loads((bare.paths.output_data / "metrics.json").read_text())
    assert next(iter(facts["importance"])) == "income<50K"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"names": ["a", "b"]}', "channel 'train' has 6 features, and 2 names are known"),
        (b'{"names": ["a", "a"]}', "is not a list of features"),
        (b'{"names": "abcdef"}', "is not a list of features"),
        (b'{"names": ["a"], "categories": {"b": ["x"]}}', "is not a list of features"),
        (b"\x80\x04", "is not a list of features"),
        (None, "holds neither features.json nor model.tar.gz"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(
    content: bytes | None, sentence: str, tmp_path: Path
) -> None:
    files = {"train": [written(frame(), "bare")], "features": [content or b""]}
    bare = job(tmp_path, files, "text/csv")
    part = bare.channels["features"].path / "part-0"
    if content is not None:
        part.rename(part.with_name("features.json"))
    with pytest.raises(UserError, match=sentence):
        train(bare)
