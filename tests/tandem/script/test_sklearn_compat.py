"""Scripts written for scikit-learn 0.20 to 1.2 train and serve under today's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tandem.script.jobs import prepare_job

BEGIN = """
import numpy as np
from tandem.script import sklearn_compat as older
older.support_older_scripts(print)
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

X = np.arange(4.0).reshape(2, 2)

class Twice(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X * 2

class Most(TransformerMixin):
    def fit(self, X, y=None):
        self.most = X.max()
        return self
    def transform(self, X):
        return X / self.most

class Plain:
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return -X

class Mean(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        self.mean_ = X.mean()
        return self
    def transform(self, X):
        return X - self.mean_

class Set(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        setattr(self, 'most_', X.max())
        return self
    def transform(self, X):
        return X / self.most_

class Scaler(StandardScaler):
    pass
"""


def run(program: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN + program], capture_output=True, text=True, check=True
    )
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("pipeline", "value"),
    [
        ("Pipeline([('a', Twice())])", 6.0),
        ("make_pipeline(StandardScaler(), Twice(), Twice())", 4.0),
        ("make_pipeline(Pipeline([('a', Most())]))", 1.0),
        ("Pipeline([('a', Plain())])", -3.0),
        ("FeatureUnion([('a', make_pipeline(Twice()))])", 6.0),
        ("ColumnTransformer([('a', make_pipeline(Twice()), [1])])", 6.0),
    ],
)
def test_a_class_that_sets_nothing_scikit_learn_knows_transforms(
    pipeline: str, value: float
) -> None:
    program = f"step = {pipeline}.fit(X)\nprint(step.transform(X)[1, -1], step.transform(X)[1, -1])"
    *warnings, last = run(program)
    assert [float(word) for word in last.split()] == [value, value]
    assert len(warnings) == len(set(warnings)) <= 2


@pytest.mark.parametrize("name", ["Mean", "Most", "Set", "Scaler", "StandardScaler"])
def test_a_class_that_was_not_fitted_is_refused_as_before(name: str) -> None:
    program = f"""
try:
    make_pipeline({name}()).transform(X)
except NotFittedError:
    print('refused')
"""
    assert run(program)[-1] == "refused"


def test_the_warning_names_class_and_remedy() -> None:
    warning, _ = run("print(make_pipeline(Twice()).fit(X).transform(X)[1, 1])")
    assert warning.startswith("Twice sets no attribute that ends in '_' when it is fitted")
    assert "__sklearn_is_fitted__" in warning


def test_joblib_is_found_where_it_was() -> None:
    warning, same = run(
        "from sklearn.externals import joblib\nimport joblib as own\nprint(joblib is own)"
    )
    assert (warning.split("; ")[1], same) == ("write 'import joblib'", "True")


def test_scikit_learns_own_results_stay() -> None:
    fit = "print(make_pipeline(StandardScaler()).fit(X).transform(X).tolist())"
    own = subprocess.run(
        [sys.executable, "-c", BEGIN.replace("older.support_older_scripts(print)", "") + fit],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run(fit) == own.stdout.splitlines()


def test_a_training_script_may_be_that_old(tmp_path: Path) -> None:
    script = BEGIN.replace(
        "from tandem.script import sklearn_compat as older\nolder.support_older_scripts(print)\n",
        "",
    ) + (
        "from sklearn.externals import joblib\n"
        "import json, os\n"
        "value = make_pipeline(Twice()).fit(X).transform(X)[1, 1]\n"
        "json.dump(value, open(os.environ['SM_MODEL_DIR'] + '/value.json', 'w'))\n"
    )
    tree = prepare_job(tmp_path, script)
    ended = tree.run()
    assert ended.code == 0, ended.text
    assert json.loads((tree.root / "model" / "value.json").read_text()) == 6.0
    assert ended.text.count("WARNING Twice sets no attribute") == 1
    assert "WARNING sklearn.externals.joblib has gone" in ended.text
