"""Models that XGBoost before 2 wrote answer as they did there.

What they answered was written by tests/golden/old_models/make.py, with those versions.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from booster.model import artifact, binary_form, ubjson
from booster.model.c_api import LibraryError, LoadedBooster
from tandem.errors import UserError

FOLDER = Path(__file__).parents[2] / "golden" / "old_models"
VERSIONS = {file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
MODELS = [(version, name) for version, known in VERSIONS.items() for name in known["margins"]]
FORESTS = (FOLDER / "0.90-binary-logistic.binary").read_bytes()
OLD = (FOLDER.parent / "xgboost-1.7.6.binf").read_bytes()


def load(content: bytes, folder: Path) -> xgb.Booster:
    (folder / artifact.NAME).write_bytes(content)
    return xgb.Booster(model_file=bytearray(artifact.read_content(folder)[0]))


def test_the_models_of_three_versions_are_at_hand() -> None:
    assert (list(VERSIONS), len(MODELS)) == (["0.90", "1.2.1", "1.3.3"], 15)


@pytest.mark.filterwarnings("ignore:.*Found JSON model saved before XGBoost 1.6:UserWarning")
@pytest.mark.parametrize("form", ["binary", "pickle"])
@pytest.mark.parametrize(("version", "name"), MODELS, ids=[name for _, name in MODELS])
def test_an_old_model_answers_as_it_did(version: str, name: str, form: str, tmp_path: Path) -> None:
    rows = np.array(VERSIONS[version]["rows"], dtype=np.float32)
    loaded = load((FOLDER / f"{name}.{form}").read_bytes(), tmp_path)
    margins = loaded.predict(xgb.DMatrix(rows), output_margin=True).ravel()
    # XGBoost before 1.3 added the trees to the base score in another order.
    tolerance = 1e-6 if version < "1.3" else 0.0
    expected = VERSIONS[version]["margins"][name]
    np.testing.assert_allclose(margins, expected, rtol=tolerance, atol=tolerance)
    assert loaded.attributes()["made_by"] == "a test"


def test_what_1_7_saved_answers_as_it_did(tmp_path: Path) -> None:
    answer = load(OLD, tmp_path).predict(xgb.DMatrix(np.zeros((1, 3), dtype=np.float32)))
    assert float(answer[0]) == -0.4815068542957306  # its trees are single leaves


def test_deleted_nodes_stay_where_they_are() -> None:
    document = ubjson.read(binary_form.convert(FORESTS) or b"")
    trees = document["learner"]["gradient_booster"]["model"]["trees"]
    assert [tree["tree_param"]["num_deleted"] for tree in trees] == ["4", "4"]


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="begins as XGBoost's old binary form does and cannot"):
        load(OLD[:-1], tmp_path)


@given(st.integers(0, len(OLD) - 1), st.binary(max_size=9))
def test_damaged_bytes_are_a_model_or_an_error(place: int, damage: bytes) -> None:
    found = binary_form.convert(OLD[:place] + damage + OLD[place + len(damage) :])
    if found is not None:
        try:
            LoadedBooster(found)
        except LibraryError as error:
            assert str(error)  # noqa: PT017 (both ways are right)
