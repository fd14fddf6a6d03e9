"""Artifacts of version 0.1.0 load and answer the same bytes, wherever the code has moved since.

`tests/data/artifacts_0_1_0/README.md` says how they were made.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sklearn.exceptions import InconsistentVersionWarning

from booster.algorithm import ALGORITHM as XGBOOST
from booster.params.hyperparameters import SCHEMA
from booster.training import train
from preprocessor.algorithm import ALGORITHM as PREPROCESSOR
from tandem.contract import settings
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.training_job import Channel, Job
from tandem.errors import UserError
from tandem.io import archives
from tandem.serving.model_loader import make_loader
from tandem.serving.model_service import ServiceResponse, make_service

# What scikit-learn says of its own estimators in a file of another version.
pytestmark = pytest.mark.filterwarnings(
    f"ignore::{InconsistentVersionWarning.__module__}.{InconsistentVersionWarning.__name__}"
)

FOLDER = Path(__file__).parents[2] / "data" / "artifacts_0_1_0"
ACCEPTED = {
    "csv": "text/csv",
    "npy": "application/x-npy",
    "rec": "application/x-recordio-protobuf",
}
CASES = ("plan", "chains", "ends", "sparse", "own", "booster")
ANSWERS = sorted((p.parent.name, p.suffix[1:]) for p in FOLDER.glob("*/answer.*"))
# By artifact, what of this project's own a skops file in it names, as version 0.1.0 called it.
NAMED = {
    "plan": set[str](),
    "chains": {
        "preprocessor.estimators.categories.RareGrouper",
        "preprocessor.estimators.dates.DateParser",
        "preprocessor.estimators.numbers.Clipper",
        "preprocessor.estimators.numbers.Log1p",
        "preprocessor.estimators.texts.TextCleaner",
        "preprocessor.estimators.truth.Truths",
        "preprocessor.steps.clean.CleanReplay",
    },
    "ends": {
        "preprocessor.estimators.categories.RareGrouper",
        "preprocessor.estimators.dates.DateCycles",
        "preprocessor.estimators.dates.DateParser",
        "preprocessor.estimators.dates.DateParts",
        "preprocessor.estimators.dates.TimeSince",
        "preprocessor.estimators.hashing.CategoryHasher",
        "preprocessor.estimators.interactions.Cross",
        "preprocessor.estimators.interactions.Product",
        "preprocessor.estimators.numbers.Clipper",
        "preprocessor.estimators.numbers.Flags",
        "preprocessor.estimators.numbers.Log1p",
        "preprocessor.estimators.target.TargetOrdinalEncoder",
        "preprocessor.estimators.texts.HashedTerms",
        "preprocessor.estimators.texts.TextCleaner",
        "preprocessor.estimators.texts.Tfidf",
        "preprocessor.estimators.truth.Truths",
        "preprocessor.steps.clean.CleanReplay",
        "preprocessor.steps.onehot.feature_name",
    },
    "sparse": {
        "preprocessor.estimators.texts.HashedTerms",
        "preprocessor.estimators.texts.TextCleaner",
        "preprocessor.estimators.texts.Tfidf",
        "preprocessor.steps.clean.CleanReplay",
        "preprocessor.steps.onehot.feature_name",
    },
    "own": {
        "old_measures.Mean",
        "old_shapes.Lengths",
        "old_shapes.Ratio",
        "preprocessor.estimators.categories.RareGrouper",
        "preprocessor.estimators.numbers.Clipper",
        "preprocessor.estimators.numbers.Log1p",
        "preprocessor.estimators.truth.Truths",
    },
    "booster": set[str](),
}
LIBRARIES = ("builtins", "numpy", "scipy", "sklearn")
# What scikit-learn's own estimators note: the version that fitted them.
VERSION = re.compile(r'("_sklearn_version": \{[^}]*"content": ")\\"([0-9.]+)\\""')
JOB = {"max_depth": "3", "subsample": "0.7", "seed": "3", "nthread": "1"}


def unpacked(case: str, folder: Path) -> Path:
    archives.unpack(FOLDER / case / "model.tar.gz", folder)
    return folder


def answered(case: str, model: Path, ending: str, **environment: str) -> ServiceResponse:
    """Load a model folder as the image does, and ask it what 0.1.0 was asked."""
    found = settings.read(environment)
    service = make_service(
        make_loader(XGBOOST if case == "booster" else PREPROCESSOR, found)(model), found
    )
    request = (FOLDER / case / "request.csv").read_bytes()
    return service.invoke("text/csv", ACCEPTED[ending], request)


def kept(case: str, ending: str) -> bytes:
    return (FOLDER / case / f"answer.{ending}").read_bytes()


def schemas(model: Path) -> Iterator[Mapping[str, object]]:
    for path in sorted(model.glob("*.skops")):
        with zipfile.ZipFile(path) as packed:
            yield json.loads(packed.read("schema.json"))


def named(value: object) -> Iterator[str]:
    """Give what a skops file names, without what belongs to libraries."""
    if isinstance(value, dict):
        module = str(value.get("__module__", "builtins"))
        if module.partition(".")[0] not in LIBRARIES:
            yield f"{module}.{value['__class__']}"
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from named(inner)


def fitted_by(version: str, file: Path) -> set[str]:
    """Let a skops file say that another version of scikit-learn fitted it; give what it said."""
    with zipfile.ZipFile(file) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    text = contents["schema.json"].decode()
    contents["schema.json"] = VERSION.sub(rf'\1\\"{version}\\""', text).encode()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return {said for _, said in VERSION.findall(text)}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What loading an own transformer sets for the rest of a process."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.parametrize(("case", "ending"), ANSWERS)
def test_an_old_artifact_answers_the_same_bytes(case: str, ending: str, tmp_path: Path) -> None:
    answer = answered(case, unpacked(case, tmp_path), ending)
    assert answer.status == 200
    assert answer.body == kept(case, ending)


def test_every_artifact_has_answers_in_two_formats() -> None:
    assert {case for case, _ in ANSWERS} == set(CASES)
    assert {(case, ending) for case in CASES for ending in ("csv", "npy")} <= set(ANSWERS)


@pytest.mark.parametrize("case", CASES)
def test_the_data_are_old_and_name_modules_as_they_were(case: str, tmp_path: Path) -> None:
    found = {name for schema in schemas(unpacked(case, tmp_path)) for name in named(schema)}
    assert found == NAMED[case]


def test_the_data_have_every_estimator_of_0_1_0() -> None:
    every = {name for names in NAMED.values() for name in names}
    assert len([name for name in every if name.startswith("preprocessor.estimators.")]) == 16


@pytest.mark.parametrize("case", ["chains", "ends", "sparse", "own"])
@pytest.mark.parametrize("version", ["1.7.2", "1.99.0"])
def test_the_version_of_scikit_learn_that_fitted_a_block_does_not_matter(
    case: str, version: str, tmp_path: Path
) -> None:
    model = unpacked(case, tmp_path)
    said = [fitted_by(version, file) for file in model.glob("*.skops")]
    assert all(versions == {"1.9.1"} for versions in said)
    assert all(fitted_by(version, file) == {version} for file in model.glob("*.skops"))
    assert answered(case, model, "csv").body == kept(case, "csv")


def test_code_of_an_old_artifact_is_refused_where_none_may_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is code of the artifact, which TANDEM_ALLOW_ARTIFACT"):
        answered("own", unpacked("own", tmp_path), "csv", TANDEM_ALLOW_ARTIFACT_CODE="false")


@pytest.mark.parametrize("case", ["chains", "ends", "sparse"])
def test_blocks_of_an_old_artifact_that_brings_no_code_are_no_code(
    case: str, tmp_path: Path
) -> None:
    model = unpacked(case, tmp_path)
    answer = answered(case, model, "csv", TANDEM_ALLOW_ARTIFACT_CODE="false")
    assert answer.body == kept(case, "csv")


@pytest.mark.parametrize("left_out", ["old_measures.Mean", "old_shapes.Ratio"])
def test_a_type_that_an_old_artifact_does_not_list_is_not_loaded(
    left_out: str, tmp_path: Path
) -> None:
    model = unpacked("own", tmp_path)
    plan = json.loads((model / "transform.json").read_text(encoding="utf-8"))
    for block in plan["blocks"]:
        if "own" in block:
            block["types"] = [name for name in block["types"] if name != left_out]
    (model / "transform.json").write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(UserError, match=f"holds the type {left_out}, which is not loaded"):
        answered("own", model, "csv")


def test_a_type_of_an_old_artifact_that_its_code_lacks_is_not_loaded(tmp_path: Path) -> None:
    model = unpacked("own", tmp_path)
    (model / "code" / "old_measures.py").unlink()
    with pytest.raises(UserError, match=r"type old_measures\.Mean is not of the artifact's code"):
        answered("own", model, "csv")


def test_a_job_goes_on_from_an_old_checkpoint_to_the_same_model(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(FOLDER / "booster" / "checkpoints", tmp_path / "checkpoints")
    paths = Paths(tmp_path)
    paths.model.mkdir()
    channels = {
        name: Channel(name, FOLDER / "booster" / "channels" / name)
        for name in ("train", "validation")
    }
    values = resolve_hyperparameters(SCHEMA, {**JOB, "num_round": "6"})
    with caplog.at_level("INFO"):
        train(Job(values, channels, paths, checkpoints=tmp_path / "checkpoints"))
    assert "going on from xgboost-checkpoint.3, after 3 rounds" in caplog.text
    for ending in ("csv", "npy"):
        assert answered("booster", paths.model, ending).body == kept("booster", ending)


def test_the_form_with_an_older_scikit_learn_serves_old_plans_and_refuses_old_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("skops", "sklearn", "pandas"):  # that form has no skops; a plan needs none
        monkeypatch.setitem(sys.modules, library, None)
    assert answered("plan", unpacked("plan", tmp_path / "plan"), "csv").body == kept("plan", "csv")
    with pytest.raises(UserError, match="needs skops, which this form of the image does not hold"):
        answered("chains", unpacked("chains", tmp_path / "chains"), "csv")
