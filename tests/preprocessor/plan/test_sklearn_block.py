"""A block whose replay is not there, or not equal: scikit-learn serves it, safely loaded."""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import pkgutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from preprocessor.plan import sklearn_block
from preprocessor.transforms import estimators
from preprocessor.transforms.estimators import CLASSES
from preprocessor.transforms.kernels.scalers import AffineReplay
from preprocessor.transforms.steps import STEPS
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_column, is_replayed, make_hostile_rows, reload_plan

CELLS = ["1", "2", "4", "8"]
TREATMENT = {"type": "number", "impute": "median", "log1p": True, "scale": "standard"}


def no_replay(_step: object, _fitted: object) -> None:
    return None


def nudged(_step: object, fitted: Any) -> AffineReplay:
    mean = np.nextafter(np.float32(fitted.mean_[0]), np.float32(9)).item()
    return AffineReplay([("subtract", [mean]), ("divide", fitted.scale_.tolist())])


@pytest.mark.parametrize(
    ("replay", "why"),
    [(no_replay, "it has no replay"), (nudged, "its replay differs from scikit-learn")],
)
def test_scikit_learn_serves_what_has_no_equal_replay(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    replay: Any,
    why: str,
) -> None:
    expected, table = fit_column(CELLS, TREATMENT)
    monkeypatch.setattr(type(STEPS["scale"]), "read_replay", replay)
    with caplog.at_level(logging.WARNING):
        done, _ = fit_column(CELLS, TREATMENT)
    assert (
        f"scikit-learn itself serves x (impute median, log1p False, scale standard): {why}"
        in caplog.text
    )
    assert not is_replayed(done)
    served = reload_plan(done, tmp_path)
    assert served.apply(table).tobytes() == expected.plan.apply(table).tobytes()
    rows = make_hostile_rows(expected)
    assert served.apply(rows).tobytes() == expected.plan.apply(rows).tobytes()


def test_a_row_scikit_learn_refuses_is_bad_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(type(STEPS["bin"]), "read_replay", no_replay)
    done, _ = fit_column(CELLS, {"type": "number", "impute": "none", "bin": 2})
    with pytest.raises(BadData, match="the transform refuses the rows: Input X contains NaN"):
        reload_plan(done, tmp_path).apply(make_hostile_rows(done))


def test_a_file_that_would_run_something_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "evil.skops"
    path.write_bytes(skops.io.dumps(FunctionTransformer(os.system)))
    with pytest.raises(UserError, match=r"evil.skops: holds the type .*system, which is not load"):
        sklearn_block.load_estimator(path)


def test_a_file_that_would_fill_the_memory_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.skops"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("schema.json", "w") as schema,
    ):
        for _ in range(300):
            schema.write(bytes(1 << 20))
    with pytest.raises(UserError, match=r"bomb.skops: unpacks to 300 MB\. Train again"):
        sklearn_block.load_estimator(path)
    path.write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"bomb.skops: is not a skops file"):
        sklearn_block.load_estimator(path)


def naming(loader: str, module: str, name: str) -> bytes:
    """Give a transformer's file whose function is another one, loaded in another way."""
    made, source = (
        io.BytesIO(),
        zipfile.ZipFile(io.BytesIO(skops.io.dumps(FunctionTransformer(os.mkdir)))),
    )
    schema = json.loads(source.read("schema.json"))
    function = schema["content"]["content"]["func"]
    function |= {"__class__": name, "__module__": module, "__loader__": loader}
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    return made.getvalue()


@pytest.mark.parametrize("loader", ["TypeNode", "FunctionNode"])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("tandem.baseline.baseline_files", "json"),  # what a module of ours merely imports
        ("preprocessor.transforms.estimators.texts", "hstack"),
        ("preprocessor.recipe.definition", "Recipe"),
        ("preprocessor.transforms.estimators.column_estimator", "Columns"),
        ("preprocessor.transforms.estimators.texts", "_Terms"),
    ],
)
def test_a_file_that_names_more_of_this_package_than_its_estimators_is_not_loaded(
    tmp_path: Path, loader: str, module: str, name: str
) -> None:
    path = tmp_path / "evil.skops"
    path.write_bytes(naming(loader, module, name))
    with pytest.raises(UserError, match=r"evil.skops: holds the type .*, which is not loaded"):
        sklearn_block.load_estimator(path)


def test_the_list_of_what_is_loaded_has_each_estimator() -> None:
    names = [module.name for module in pkgutil.iter_modules(estimators.__path__)]
    modules = [
        importlib.import_module(f"preprocessor.transforms.estimators.{name}") for name in names
    ]
    found = {
        (module.__name__, name)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__ and name[0] != "_"
    }
    listed = {
        (f"preprocessor.transforms.estimators.{m}", name)
        for m, of in CLASSES.items()
        for name in of
    }
    assert found - listed == {
        ("preprocessor.transforms.estimators.column_estimator", n)
        for n in ("ColumnEstimator", "StatelessEstimator")
    }
    assert listed <= found
    assert {f"{module}.{name}" for module, name in listed} <= sklearn_block.HARMLESS


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone.skops: there is no such file"):
        sklearn_block.load_estimator(tmp_path / "gone.skops")
    (tmp_path / "bad.skops").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"bad.skops: is not a skops file"):
        sklearn_block.load_estimator(tmp_path / "bad.skops")
