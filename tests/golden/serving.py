"""Writes the golden answers of serving: `python -m tests.golden.serving`.

For each objective a small model, kept as a file so that training has no say here, and beside it
what plain `Booster.predict` says of `ROWS`. The bytes of answers are those the image gave when they
were written; `tests/booster/predict/test_golden_serving.py` compares both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster import serving
from booster.predict.output_keys import KEYS
from tandem.contract import settings
from tandem.serving.model_service import ModelService

FOLDER = Path(__file__).parent / "serving"
FILE = FOLDER / "answers.json"
NAN = np.nan
# Rows whose text is shortest: 0.1 is no 32-bit number, and must round as in every other format.
ROWS = np.array(
    [
        [0.1, -2.5, NAN, 3, 0.7],
        [NAN, 0.30000001, -1e-7, NAN, 1],
        [1.5, NAN, 2e6, -3, 0],
        [NAN, NAN, NAN, NAN, NAN],
    ]
)
CSV = b"0.1,-2.5,,3,0.7\n,0.30000001,-1e-7,,1\n1.5,,2e6,-3,0\n,,,,\n"
OBJECTIVES: Mapping[str, Mapping[str, object]] = {
    "reg:squarederror": {},
    "reg:gamma": {},
    "reg:quantileerror": {"quantile_alpha": [0.2, 0.8]},
    "binary:logistic": {},
    "binary:logitraw": {},
    "binary:hinge": {},
    "multi:softprob": {"num_class": 3},
    "multi:softmax": {"num_class": 3},
    "count:poisson": {},
    "survival:cox": {},
    "survival:aft": {},
    "rank:ndcg": {},
}
# Formats whose bytes are ours alone; Parquet and Arrow name the library that wrote them.
EXACT = ("text/csv", "application/json", "application/jsonlines", "application/x-npy")
BINARY = ("application/x-npy", "application/x-recordio-protobuf")


def stem(objective: str) -> str:
    """Give the file name of an objective's model."""
    return objective.replace(":", "-")


def build_service(objective: str) -> ModelService:
    """Serve an objective's model."""
    return ModelService(load_model(objective), settings.read({}))


def load_model(objective: str) -> serving.BoosterModel:
    """Load an objective's model as the image does."""
    return serving.BoosterModel(load_booster(objective))


def load_booster(objective: str) -> xgb.Booster:
    """Load an objective's model as anybody does."""
    return xgb.Booster(model_file=str(FOLDER / f"{stem(objective)}.ubj"))


def predict_with_xgboost(objective: str) -> dict[str, NDArray[Any]]:
    """Ask plain XGBoost for all it can say of the rows."""
    booster, matrix = load_booster(objective), xgb.DMatrix(ROWS.astype(np.float32))
    return {
        "prediction": booster.predict(matrix),
        "contributions": booster.predict(matrix, pred_contribs=True),
        "interactions": booster.predict(matrix, pred_interactions=True),
        "leaf": booster.predict(matrix, pred_leaf=True),
    }


def predict_with_image(objective: str) -> dict[str, Any]:
    """Ask the image for the prediction and for every key the objective has."""
    names = [name for name, key in KEYS.items() if key.fits(objective)]
    asked = build_service(objective)
    body = asked.invoke("text/csv", "application/jsonlines", CSV, names).body
    rows = [json.loads(line) for line in body.splitlines()]
    plain_body = asked.invoke("text/csv", "application/jsonlines", CSV).body
    scores = [json.loads(line)["score"] for line in plain_body.splitlines()]
    return {"score": scores} | {name: [row[name] for row in rows] for name in names}


def encode_bodies(objective: str, outputs: Sequence[str]) -> dict[str, str]:
    """Give the answers' bytes, as text or in base64."""
    asked = build_service(objective)
    found = {}
    for accept in (*EXACT, "application/x-recordio-protobuf"):
        body = asked.invoke("text/csv", accept, CSV, outputs).body
        binary = accept in BINARY
        found[accept] = base64.b64encode(body).decode() if binary else body.decode()
    return found


CASES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "regression": ("reg:squarederror", ()),
    "classes": ("multi:softprob", ()),
    "outputs": ("binary:logistic", ("predicted_label", "probabilities", "predicted_score", "leaf")),
}


def main() -> int:
    """Train what has no model yet, and write the answers."""
    FOLDER.mkdir(exist_ok=True)
    for objective, parameters in OBJECTIVES.items():
        path = FOLDER / f"{stem(objective)}.ubj"
        if not path.exists():
            _train(objective, parameters).save_model(path)
    answers = {
        "objectives": {objective: predict_with_image(objective) for objective in OBJECTIVES},
        "bodies": {case: encode_bodies(*asked) for case, asked in CASES.items()},
    }
    FILE.write_text(_list_lines(answers), encoding="utf-8")
    return 0


def _train(objective: str, parameters: Mapping[str, object]) -> xgb.Booster:
    generator = np.random.default_rng(4)
    values = generator.normal(size=(120, 5)).astype(np.float32)
    values[generator.random(values.shape) < 0.2] = np.nan
    score = np.nan_to_num(values) @ np.array([1, -1, 0.5, 0, 2])
    classes = np.digitize(score, [-1, 1])
    label: Mapping[str, NDArray[Any]] = {
        "binary": score > 0,
        "multi": classes,
        "count": classes,
        "rank": classes,
        "survival": np.exp(score / 3),
    }
    positive = np.exp(score / 3) if objective == "reg:gamma" else score
    matrix = xgb.DMatrix(values, label.get(objective.split(":", maxsplit=1)[0], positive))
    if objective == "survival:aft":
        matrix.set_float_info("label_lower_bound", np.exp(score / 3))
        matrix.set_float_info("label_upper_bound", np.exp(score / 3))
    if objective == "rank:ndcg":
        matrix.set_group([20] * 6)
    chosen = {"objective": objective, "max_depth": 2, "eta": 0.5, "nthread": 1, **parameters}
    return xgb.train(chosen, matrix, 3)


def _list_lines(answers: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    # One line a value list keeps a change readable in a diff.
    parts = []
    for part, cases in answers.items():
        inner = []
        for case, values in cases.items():
            lines = ",\n".join(f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in values.items())
            inner.append(f"  {json.dumps(case)}: {{\n{lines}\n  }}")
        parts.append(f" {json.dumps(part)}: {{\n" + ",\n".join(inner) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    raise SystemExit(main())
