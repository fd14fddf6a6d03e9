"""Classes of the user's own in a recipe: fitted by scikit-learn, proven, kept, served."""

from __future__ import annotations

import json
import logging
import os
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from preprocessor import serving
from preprocessor.algorithm import ALGORITHM
from preprocessor.serving import TransformModel
from preprocessor.training import train
from tandem.codecs.csv import CsvSource
from tandem.contract import settings
from tandem.contract.entry_point import EntryPoint
from tandem.contract.paths import Paths
from tandem.errors import BadData, ScriptError, UserError
from tandem.serving.model_loader import make_loader
from tandem.serving.model_service import make_service
from tests.preprocessor.training_jobs import prepare_job

HOUSES = pd.DataFrame(
    {
        "area": ["10", "20", "30", "60"],
        "rooms": ["1", "2", "5", "NA"],
        "zone": ["a", "bb", "a", "cccc"],
        "price": ["1", "2", "3", "4"],
    }
)
SHAPES = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from measures import Mean

class Ratio(TransformerMixin, BaseEstimator):
    def __init__(self, power=1):
        self.power = power

    def fit(self, X, y=None):
        self.mean_ = Mean(X.mean().to_numpy())
        return self

    def transform(self, X):
        return (X / self.mean_.value) ** self.power

    def get_feature_names_out(self, input_features=None):
        return [f"{name}_ratio" for name in input_features]

class Lengths(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        if (X == "bad").any(axis=None):
            raise ValueError("a zone is not bad")
        lengths = X.map(len).to_numpy()
        return np.hstack([lengths, lengths % 2])

    def get_feature_names_out(self, input_features=None):
        return [f"{name}_{what}" for what in ("length", "odd") for name in input_features]
"""
MEASURES = "class Mean:\n    def __init__(self, value):\n        self.value = value\n"
COLUMNS = {
    "area": {"transformer": {"class": "shapes.Ratio", "parameters": {"power": 2}}},
    "rooms": "number",
    "zone": {"missing": False, "transformer": "shapes.Lengths"},
}
FEATURES = ["rooms", "area_ratio", "zone_length", "zone_odd"]
EXPECTED = [
    [1.0, 1 / 9, 1.0, 1.0],
    [2.0, 4 / 9, 2.0, 0.0],
    [5.0, 1.0, 1.0, 1.0],
    [2.0, 4.0, 4.0, 0.0],
]


def trained(root: Path, columns: Any = None, code: EntryPoint | None = None, **files: str) -> Paths:
    """Train with these files in the channel `code`."""
    asked = json.dumps(COLUMNS if columns is None else columns)
    hyperparameters = {"target": "price"} | ({} if code and code.name else {"columns": asked})
    job = prepare_job(root, HOUSES, hyperparameters)
    folder = job.paths.data / "code"
    folder.mkdir()
    for name, text in ({"shapes": SHAPES, "measures": MEASURES} | files).items():
        (folder / f"{name}.py").write_text(text)
    train(replace(job, user_code=code or EntryPoint()))
    return job.paths


def answered(model: TransformModel, body: str) -> list[list[float]]:
    table = model.schema.read(CsvSource(body.encode()))
    numbers: list[list[float]] = model.predict(table).numbers.tolist()
    return numbers


def served(paths: Paths, rows: str = "10,1,a\n20,2,bb\n30,5,a\n60,NA,cccc\n") -> Any:
    model = serving.load_model(paths.model)
    return list(model.features), answered(model, rows)


def test_classes_of_the_users_own_are_fitted_kept_and_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        paths = trained(tmp_path)
    assert "serves area (impute median, transformer shapes.Ratio parameters=" in caplog.text
    assert "shapes.Lengths takes no missing value (TypeError)" in caplog.text
    assert "shapes.Ratio takes no missing" not in caplog.text
    features, rows = served(paths)
    assert sorted(features) == sorted(FEATURES)
    order = [features.index(name) for name in FEATURES]
    assert np.array(rows)[:, order] == pytest.approx(np.array(EXPECTED))
    assert f"the recipe's own transformers run code from {paths.model}/code" in caplog.text
    kept = sorted(path.name for path in (paths.model / "code").iterdir())
    assert kept == ["measures.py", "shapes.py"]
    plan = json.loads((paths.model / "transform.json").read_text())
    assert [block.get("types") for block in plan["blocks"]] == [
        ["measures.Mean", "shapes.Ratio"],
        None,
        ["shapes.Lengths"],
    ]


def test_the_row_to_warm_up_with_is_one_that_the_class_takes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = serving.load_model(trained(tmp_path).model)
    made = make_service(model, settings.read({}))
    caplog.clear()
    made.warm_up()
    assert caplog.text == ""
    row = model.example()
    assert (row.numbers.tolist(), row.texts.tolist()) == ([[10.0, 1.0]], [["a"]])


def test_columns_that_ask_for_the_same_are_given_together_behind_their_other_steps(
    tmp_path: Path,
) -> None:
    wish = {"type": "number", "impute": "zero", "transformer": "pairs.Product"}
    code = SHAPES + (
        "class Product(Lengths):\n"
        "    def transform(self, X):\n"
        "        return (X['area'] * X['rooms']).to_frame()\n"
        "    def get_feature_names_out(self, names=None):\n"
        "        return ['*'.join(names)]\n"
    )
    paths = trained(tmp_path, {"area": wish, "rooms": wish, "zone": "drop"}, pairs=code)
    assert served(paths) == (["area*rooms"], [[10.0], [40.0], [150.0], [0.0]])
    recipe = json.loads((paths.model / "recipe.json").read_text())
    assert recipe["sources"] == [["area", "rooms"]]


def test_a_class_of_scikit_learn_needs_no_code(tmp_path: Path) -> None:
    wish = {"class": "sklearn.preprocessing.Binarizer", "parameters": {"threshold": 25}}
    job = prepare_job(
        tmp_path,
        HOUSES,
        {"target": "price", "columns": json.dumps({"area": {"transformer": wish}})},
    )
    train(job)
    assert not (job.paths.model / "code").exists()
    model = serving.load_model(job.paths.model)
    assert [row[0] for row in answered(model, "25,1,a\n26,1,a\n")] == [0.0, 1.0]


@pytest.mark.parametrize("packed", [True, False])
def test_the_code_and_the_recipe_may_come_as_the_sdk_sends_them(
    tmp_path: Path, packed: bool
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "shapes.py").write_text(SHAPES)
    (project / "measures.py").write_text(MEASURES)
    (project / "recipe.yaml").write_text(
        "columns:\n  area: {transformer: shapes.Ratio}\n  zone: drop\n  rooms: drop\n"
    )
    place = project
    if packed:
        place = tmp_path / "sourcedir.tar.gz"
        with tarfile.open(place, "w:gz") as archive:
            for path in project.iterdir():
                archive.add(path, path.name)
    job = prepare_job(tmp_path / "ml", HOUSES, {"target": "price"})
    train(replace(job, user_code=EntryPoint("recipe.yaml", str(place))))
    assert served(job.paths)[1] == [[float(np.float32(v / 30))] for v in (10, 20, 30, 60)]
    told = settings.read({"SAGEMAKER_PROGRAM": "recipe.yaml"})
    assert isinstance(make_loader(ALGORITHM, told)(job.paths.model), TransformModel)


NUMBERS = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

class Plain(TransformerMixin, BaseEstimator):
    def __init__(self, rate=1):
        self.rate = rate
    def fit(self, X, y=None):
        {fit}
        return self
    def transform(self, X):
        {transform}
    def get_feature_names_out(self, names=None):
        return list(names)

class Changes(Plain):
    def __init__(self, rate=1):
        self.rate = rate + 1

class Unnamed(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None): return self
    def transform(self, X): return X
"""


def plain(fit: str = "pass", transform: str = "return X") -> str:
    return NUMBERS.replace("{fit}", fit).replace("{transform}", transform)


@pytest.mark.parametrize(
    ("named", "code", "sentence"),
    [
        ("gone.Plain", plain(), "column 'area': there is no module 'gone'. The code of the job, "),
        ("own.Plane", plain(), "column 'area': module own has no class 'Plane'; did you mean 'Pl"),
        ("own.np", plain(), "column 'area': own.np is no transformer: it has no fit, transform,"),
        ("own.Unnamed", plain(), "column 'area': own.Unnamed is no transformer: it has no get_f"),
        ("Plain", plain(), "column 'area': 'Plain' is no class. Name it as module.Class."),
        ("own.Changes", plain(), "column 'area': own.Changes cannot be cloned, as scikit-learn"),
        ("json.Plain", plain(), "column 'area': module json has no class 'Plain'"),
        ("json.JSONDecoder", plain(), "column 'area': json.JSONDecoder is no transformer"),
        ("own.Plain", "import gone_too", "column 'area': the import of own raised ModuleNotFoundE"),
        ("own.Plain", "x = (", "column 'area': the import of own raised SyntaxError: "),
        (
            "own.Plain",
            plain("raise KeyError('no such')"),
            "own.py, row 9: fit raised KeyError: 'no such'.",
        ),
        (
            "own.Plain",
            plain(transform="return X.iloc[:, 0]"),
            "the recipe cannot be fitted to the training data: The output of the 'own.Plain-0'",
        ),
        (
            "own.Plain",
            plain(transform="return np.hstack([X, X])"),
            "own.Plain gives 4 x 2 for 4 rows, and it names 1 features.",
        ),
        (
            "own.Plain",
            plain(transform="return X.map(str)"),
            "own.Plain gives texts or objects, and features are numbers.",
        ),
        (
            "own.Plain",
            plain(transform="return np.random.default_rng().random(X.shape)"),
            "own.Plain gives other features for the same rows the second time.",
        ),
        (
            "own.Plain",
            plain(transform="return X - X.mean()"),
            "own.Plain gives row 1 of the training data other features alone than among",
        ),
        (
            "own.Plain",
            plain("import re; self.found_ = re.compile('a')"),
            "own.Plain holds a re.Pattern, which no file keeps but a pickle. Keep numbers,",
        ),
        (
            "own.Plain",
            plain("self.all_ = (x for x in X)"),
            "own.Plain cannot be kept: ",
        ),
    ],
)
def test_what_cannot_serve_is_refused_before_anything_is_written(
    tmp_path: Path, named: str, code: str, sentence: str
) -> None:
    columns = {"area": {"transformer": named}, "rooms": "number", "zone": "drop"}
    with pytest.raises(UserError) as caught:
        trained(tmp_path, columns, own=code)
    assert str(caught.value).startswith(sentence)
    assert caught.value.exit_code == 1
    assert list((tmp_path / "model").iterdir()) == []


def test_a_parameter_that_is_not_there_is_named(tmp_path: Path) -> None:
    wish = {"class": "shapes.Ratio", "parameters": {"pwer": 2}}
    with pytest.raises(UserError, match=r"takes no parameter 'pwer'; did you mean 'power'?"):
        trained(tmp_path, {"area": {"transformer": wish}})


def test_a_module_named_like_one_of_the_images_is_refused(tmp_path: Path) -> None:
    columns = {"area": {"transformer": "pandas.Ratio"}}
    with pytest.raises(UserError, match="module pandas has no class 'Ratio'"):
        trained(tmp_path, columns, pandas=SHAPES)


def test_without_code_the_channel_is_asked_for(tmp_path: Path) -> None:
    columns = json.dumps({"area": {"transformer": "shapes.Ratio"}})
    job = prepare_job(tmp_path, HOUSES, {"target": "price", "columns": columns})
    with pytest.raises(UserError, match=r"there is no code\. Give a channel 'code'"):
        train(job)


def test_a_value_error_is_the_callers_and_any_other_the_scripts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = serving.load_model(trained(tmp_path).model)
    with pytest.raises(BadData) as refused:
        answered(model, "1,2,a\n" * 1500 + "1,2,bad\n" + "1,2,a\n" * 500)
    expected = "row 1501, column 'zone': shapes.Lengths refuses it: a zone is not bad."
    assert (str(refused.value), refused.value.status) == (expected, 400)
    with pytest.raises(ScriptError) as failed:
        answered(model, "1,2,a\n1,2,NA\n")
    expected = "transform of shapes.Lengths raised TypeError; the log says more."
    assert (str(failed.value), failed.value.status) == (expected, 500)
    assert "Traceback" in caplog.text


def test_a_file_that_names_a_type_of_another_package_is_not_loaded(tmp_path: Path) -> None:
    paths = trained(tmp_path)
    evil = skops.io.dumps(FunctionTransformer(os.system))
    file = paths.model / "shapes.Ratio-0.skops"
    assert file.is_file()
    file.write_bytes(evil)
    with pytest.raises(UserError, match=r"holds the type \w+\.system, which is not loaded"):
        serving.load_model(paths.model)
    path = paths.model / "transform.json"
    values = json.loads(path.read_text())
    values["blocks"][0]["types"] = [f"{os.name}.system"]
    path.write_text(json.dumps(values))
    with pytest.raises(UserError, match="system is not of the artifact's code, and is not loaded"):
        serving.load_model(paths.model)


def test_two_models_may_bring_modules_of_the_same_name(tmp_path: Path) -> None:
    columns = {"area": {"transformer": "own.Plain"}, "rooms": "drop", "zone": "drop"}
    folders = [
        trained(tmp_path / name, columns, own=plain(transform=f"return X + {name}"))
        for name in ("1", "2")
    ]
    models = [serving.load_model(paths.model) for paths in folders]
    assert [answered(model, "10,1,a\n") for model in models] == [[[11.0]], [[12.0]]]
