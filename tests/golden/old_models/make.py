"""Write models of an old XGBoost, and its own margins for rows with missing values.

Run by a Python with that XGBoost, for 0.90, 1.2.1 and 1.3.3:

    python tests/golden/old_models/make.py

`tests/booster/model/test_binary_form.py` compares what is read with these margins.
"""

import json
import pickle
from pathlib import Path

import numpy as np
import xgboost as xgb

FOLDER = Path(__file__).parent
CASES: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("binary:logistic", "gbtree", {"gamma": 1.0, "base_score": 0.2}),
    ("multi:softprob", "gbtree", {"num_class": 3}),
    ("count:poisson", "gblinear", {}),
    ("binary:logitraw", "gbtree", {"base_score": 0.2}),
    ("reg:linear", "dart", {"rate_drop": 0.3}),
)


def make_rows() -> tuple[np.ndarray, np.ndarray]:
    """Return features (200, 3), a tenth of which is missing, and a score (200,)."""
    random = np.random.RandomState(0)
    rows = random.normal(size=(200, 3)).astype(np.float32)
    rows[random.rand(200, 3) < 0.1] = np.nan
    return rows, np.nan_to_num(rows[:, 0] * 2 - rows[:, 1])


def main() -> None:
    """Write the models of this XGBoost and its answers."""
    rows, score = make_rows()
    labels = {
        "binary:logistic": score > 0,
        "binary:logitraw": score > 0,
        "multi:softprob": (np.clip(score, -1, 1) + 1).round(),
        "count:poisson": np.abs(score).round(),
        "reg:linear": score,
    }
    answers = {}
    for objective, kind, more in CASES:
        parameters = {"objective": objective, "booster": kind, "eta": 0.4, "max_depth": 3, **more}
        model = xgb.train(parameters, xgb.DMatrix(rows, labels[objective]), 2)
        model.set_attr(made_by="a test")
        name = f"{xgb.__version__}-{objective.replace(':', '-')}"
        model.save_model(str(FOLDER / f"{name}.binary"))
        (FOLDER / f"{name}.pickle").write_bytes(pickle.dumps(model, protocol=2))
        # 0.90 drops trees of dart in predictions too, unless the number of trees is given.
        trees = {} if kind == "gblinear" or xgb.__version__ > "1.3" else {"ntree_limit": 2}
        margins = model.predict(xgb.DMatrix(rows[:8]), output_margin=True, **trees)
        answers[name] = [float(margin) for margin in np.ravel(margins)]
    content = json.dumps({"rows": [list(map(float, row)) for row in rows[:8]], "margins": answers})
    (FOLDER / f"{xgb.__version__}.json").write_text(content + "\n")


if __name__ == "__main__":
    main()
