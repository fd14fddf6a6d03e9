"""The library's own word on a model, without its Python package, is what the package says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from booster.model import c_api, ubjson
from booster.model.c_api import LibraryError, LoadedBooster
from booster.model.category_codes import Category, read_categories
from tests.golden.serving import OBJECTIVES, load_booster

RNG = np.random.default_rng(11)


def raw(booster: xgb.Booster, form: str = "ubj") -> bytes:
    return bytes(booster.save_raw(form))


def plainly(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {name: plainly(part) for name, part in value.items()}
    return [plainly(part) for part in value] if isinstance(value, list) else value


def same(found: Any, told: Any) -> bool:
    if isinstance(told, dict):
        return found.keys() == told.keys() and all(same(found[k], told[k]) for k in told)
    if isinstance(told, list):
        return len(found) == len(told) and all(map(same, found, told))
    return bool(np.float32(found) == np.float32(told)) if isinstance(told, float) else found == told


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_ubjson_says_what_json_says(objective: str) -> None:
    booster = load_booster(objective)
    found = plainly(ubjson.read(raw(booster)))
    told = json.loads(raw(booster, "json"))
    assert same(found, told)
    assert found["learner"]["gradient_booster"]["model"]["trees"][0]["split_indices"] != []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[$d#L", b"[$di\x01", b"?", b"{i\x01a", b"[i\x01", b"[#i\x02i\x01"]
)
def test_what_ends_too_soon_or_is_no_ubjson_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"UBJSON|without its size"):
        ubjson.read(content)


def test_every_kind_of_value_is_read() -> None:
    numbers = b"[$d#i\x02" + np.array([1.5, -2], ">f4").tobytes()
    content = b"{i\x01a" + numbers + b"i\x01bTi\x01cZi\x01dSi\x02hii\x01e[U\xffI\x01\x00]}"
    assert plainly(ubjson.read(content)) == {
        "a": [1.5, -2.0],
        "b": True,
        "c": None,
        "d": "hi",
        "e": [255, 256],
    }


def test_a_model_tells_what_it_is() -> None:
    rows = RNG.normal(size=(60, 3)).astype(np.float32)
    matrix = xgb.DMatrix(rows, rows[:, 0] > 0, feature_names=["a", "bé", "c"])
    booster = xgb.train({"objective": "binary:logistic", "booster": "dart"}, matrix, 5)
    booster.set_attr(told="über")
    model = LoadedBooster(raw(booster))
    assert c_api.count_features(model) == 3
    assert c_api.count_rounds(model) == 5
    assert c_api.count_rounds(model.slice_rounds(2)) == 2
    assert c_api.read_feature_info(model, "feature_name") == ("a", "bé", "c")
    assert c_api.read_attribute(model, "told") == "über"
    assert c_api.read_attribute(model, "untold") is None
    assert c_api.read_kind(model) == "dart"
    assert c_api.read_config(model)["objective"]["name"] == "binary:logistic"
    assert len(c_api.read_document(model)["gradient_booster"]["gbtree"]["model"]["trees"]) == 5


def test_what_is_no_model_is_refused_with_the_librarys_words() -> None:
    with pytest.raises(LibraryError, match="Invalid cast, from Null to Object"):
        LoadedBooster(b'{"version": [3, 2, 0]}')


def test_codes_of_a_plain_data_frame_keep_their_meaning() -> None:
    """XGBoost 3.2.0 cuts texts that are not ASCII: their codes stay, their meaning does not."""
    words: dict[str, list[Any]] = {"city": ["Ulm", "Bonn"], "size": [3, 5], "cut": ["yé", "x"]}
    columns = {
        name: [few[code] for code in RNG.integers(2, size=80)] for name, few in words.items()
    }
    frame = pd.DataFrame(columns).astype("category")
    matrix = xgb.DMatrix(frame, frame["city"] == "Ulm", enable_categorical=True)
    booster = xgb.train({"max_depth": 2}, matrix, 2)
    expected = (Category(0, ("Bonn", "Ulm"), 2), Category(1, None, 2), Category(2, None, 2))
    assert read_categories(LoadedBooster(raw(booster))) == read_categories(booster) == expected


def test_nothing_of_the_package_is_imported() -> None:
    program = "import sys, booster.serving; print('xgboost' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_a_library_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "xgboost").mkdir()
    (tmp_path / "xgboost" / "__init__.py").touch()
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import booster.model.c_api"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "XGBoost's library libxgboost.so is in none of " in done.stderr
