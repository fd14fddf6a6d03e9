"""Made what lies beside it: `python -m tests.data.artifacts_0_1_0.make` wrote it, once.

It runs on the layout of 0.1.0 alone, where `preprocessor.estimators` is a package. It is kept to be
read; what it wrote is not to be made anew.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from booster.algorithm import ALGORITHM as XGBOOST
from booster.training import train as boost
from preprocessor import parity
from preprocessor.algorithm import ALGORITHM as PREPROCESSOR
from preprocessor.training import train as fit

from local_test.platform.archives import pack
from tandem import settings
from tandem.serving.heart import serve
from tandem.serving.loading import loader
from tests.booster import training_jobs as numbers
from tests.preprocessor.training_jobs import prepare_job

HERE = Path(__file__).parent
ACCEPTED = {"csv": "text/csv", "npy": "application/x-npy", "rec": "application/x-recordio-protobuf"}
ZONES = ("north", "south", "North", "east", "south", "north", "west", "NA")
SAID = (
    "A bright house, with a view.",
    "Small; needs work!",
    "Bright rooms and a large garden",
    "the garden is small, the view is large",
    "NA",
    "Café below",
    "House with garden",
)
ROWS = 42
RECORDS = pd.DataFrame(
    {
        "area": [str(20 + 13 * n % 97) if n % 9 else "NA" for n in range(ROWS)],
        "rooms": [str(1 + n * n % 7 + n % 3 / 4) for n in range(ROWS)],
        "zone": [ZONES[n % 8] for n in range(ROWS)],
        "street": ["paved" if n % 3 else "gravel" for n in range(ROWS)],
        "pool": ["yes" if n % 4 == 1 else "No" if n % 5 else "NA" for n in range(ROWS)],
        "sold": [
            f"20{10 + n % 9}-{1 + n % 12:02}-{1 + n % 28:02}T{n % 24:02}:30" for n in range(ROWS)
        ],
        "said": [f"{SAID[n % 7]} {SAID[(n + n // 7) % 7]}" for n in range(ROWS)],
        "price": [str(100 + 13 * n % 97 * 2 + n % 8 * 5) for n in range(ROWS)],
    }
)
REQUEST = """\
33,2.5,north,gravel,yes,2012-02-29T12:30,A large garden with a bright view
,,,,,,
NA,-3,NORTH,paved,perhaps,no date,Café and CAFE below the garden
1e6,0.1,nowhere,unheard of,TRUE,2031-12-31,never seen at all
70,4,West,paved,no,2017-07-04T00:00:01,"small, small; work!"
"""


def of_sklearn(name: str, **parameters: object) -> dict[str, object]:
    """Ask for a class of scikit-learn, which no plan can express."""
    return {"class": f"sklearn.preprocessing.{name}", "parameters": parameters}


CODES = of_sklearn("OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=-1)
PLAIN = {
    "area": [{"type": "number", "clip": {"low_quantile": 0.1}, "log1p": True, "flag": True}],
    "rooms": {"type": "number", "bin": 3},
    "zone": [
        {"type": "category", "lower": True, "rare": {"min_count": 6}, "onehot": True},
        {"type": "category", "ordinal_by_target": True},
        {"type": "category", "hash": {"features": 4}},
    ],
    "street": {"type": "category", "target_encode": True},
    "pool": {"type": "boolean", "flag": "present", "impute": "zero"},
    "sold": [{"type": "datetime", "parts": True, "cycles": True, "since": True}],
    "said": [
        {"type": "text", "tfidf": {"max_features": 12, "absent": "zero"}},
        {"type": "text", "clean": {"strip_accents": True, "stop_words": "english"}}
        | {"hash_terms": {"features": 8, "absent": "zero"}},
    ],
}
# No artifact of 0.1.0 loads the types of a fitted TargetEncoder's folds and of a stop list in use.
ENDS = {
    **PLAIN,
    "street": {"type": "category", "ordinal": True},
    "said": [
        {"type": "text", "tfidf": {"max_features": 12, "absent": "zero"}},
        {"type": "text", "clean": {"strip_accents": True, "remove": ["urls"], "skip_lines": 0}}
        | {"hash_terms": {"features": 8, "absent": "zero"}},
    ],
}
CHAINS = {
    "area": {"type": "number", "clip": {"high_quantile": 0.9}, "log1p": True}
    | {"transformer": of_sklearn("PowerTransformer")},
    "rooms": {"type": "number", "clip": {"low": 0}, "scale": "minmax"}
    | {"transformer": of_sklearn("PolynomialFeatures", degree=3, include_bias=False)},
    "zone": {"type": "category", "lower": True, "missing": False, "rare": {"min_count": 6}}
    | {"transformer": CODES},
    "street": {"type": "category", "rare": {"unseen": "keep"}, "transformer": CODES},
    "pool": {"type": "boolean", "impute": "most_frequent"}
    | {"transformer": of_sklearn("OneHotEncoder", handle_unknown="ignore", sparse_output=False)},
    "sold": {"type": "datetime", "impute": "median", "transformer": of_sklearn("RobustScaler")},
    "said": {"type": "text", "clean": {"strip_accents": True, "letters_only": True}}
    | {"transformer": CODES},
}
SPARSE = {
    **dict.fromkeys(("area", "rooms", "street", "pool", "sold"), "drop"),
    "zone": {"type": "category", "onehot": {"absent": "missing"}},
    "said": [
        {"type": "text", "tfidf": {"max_features": 12, "analyzer": "char_wb", "ngram_max": 2}},
        {"type": "text", "hash_terms": {"features": 16}},
    ],
}
OWN = {
    **dict.fromkeys(("street", "sold", "said"), "drop"),
    "area": {"type": "number", "clip": {"high": 100}, "log1p": True}
    | {"transformer": {"class": "old_shapes.Ratio", "parameters": {"power": 2}}},
    "rooms": "number",
    "zone": {"type": "category", "rare": {"min_count": 6}, "transformer": "old_shapes.Lengths"},
    "pool": {"type": "boolean", "impute": "zero", "transformer": "old_shapes.Ratio"},
}
CODE = {
    "old_measures": """\
class Mean:
    def __init__(self, value):
        self.value = value
""",
    "old_shapes": """\
import numpy as np
from old_measures import Mean
from sklearn.base import BaseEstimator, TransformerMixin


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
        return np.asarray(X.map(len))

    def get_feature_names_out(self, input_features=None):
        return [f"{name}_length" for name in input_features]
""",
}
TOGETHER: list[object] = [["area", "rooms"], {"columns": ["zone", "street"], "ordinal": True}]


def transform(columns: Mapping[str, object], *, differs: bool = False) -> Callable[[Path], Path]:
    """Make a job; where it `differs`, no block is let pass as equal to scikit-learn's."""

    def run(root: Path) -> Path:
        together = TOGETHER if columns in (PLAIN, ENDS) else []
        asked = {"columns": json.dumps(columns), "interactions": json.dumps(together)}
        job = prepare_job(root, RECORDS, {"target": "price", **asked})
        if columns is OWN:
            (job.paths.data / "code").mkdir()
            for name, text in CODE.items():
                (job.paths.data / "code" / f"{name}.py").write_text(text)
        equal = parity.equal
        parity.equal = (lambda *_: False) if differs else equal
        try:
            fit(job)
        finally:
            parity.equal = equal
        return job.paths.model

    return run


def booster(root: Path) -> Path:
    """Train three rounds, whose checkpoints are kept, and go on to six."""
    kept = HERE / "booster" / "checkpoints"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    texts = {"max_depth": "3", "subsample": "0.7", "seed": "3", "nthread": "1"}
    for rounds, folder in (("3", kept), ("6", root / "checkpoints")):
        job = numbers.prepare_job(root / rounds, "number", {**texts, "num_round": rounds})
        if folder is not kept:
            shutil.copytree(kept, folder)
        boost(replace(job, checkpoints=folder))
        shutil.copytree(job.paths.data, HERE / "booster" / "channels", dirs_exist_ok=True)
    for older in sorted(kept.iterdir())[:-1]:
        older.unlink()
    return root / "6" / "model"


JOBS: Mapping[str, Callable[[Path], Path]] = {
    "plan": transform(PLAIN),
    "chains": transform(CHAINS),
    "ends": transform(ENDS, differs=True),
    "sparse": transform(SPARSE, differs=True),
    "own": transform(OWN),
    "booster": booster,
}


def main() -> int:
    """Write each job's archive, a request and what is answered to it."""
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = ["" if v == "nan" else v for v in map(str, numbers.make_features()[:5].ravel())]
    floats = "".join(",".join(rows[6 * n : 6 * n + 6]) + "\n" for n in range(5))
    for name, job in JOBS.items():
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        request = (floats if name == "booster" else REQUEST).encode()
        (folder / "request.csv").write_bytes(request)
        algorithm = XGBOOST if name == "booster" else PREPROCESSOR
        with tempfile.TemporaryDirectory() as root:
            model = job(Path(root))
            pack(model, folder / "model.tar.gz")
            service = serve(loader(algorithm, settings.read({}))(model), settings.read({}))
            for ending, accept in ACCEPTED.items():
                if ending != "rec" or name == "sparse":
                    answer = service.invoke("text/csv", accept, request)
                    (folder / f"answer.{ending}").write_bytes(answer.body)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
