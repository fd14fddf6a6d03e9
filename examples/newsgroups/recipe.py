"""The same without a script: a recipe makes terms of a message, a linear booster weighs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples.commands import Commands, to_options
from examples.newsgroups.data import Messages

JSON_LINES, SPARSE = "application/jsonlines", "application/x-recordio-protobuf"
TEXT = {
    "clean": {"skip_lines": 5, "letters_only": True, "stop_words": "english"},
    "tfidf": {"max_features": 20_000, "min_df": 2, "sublinear_tf": True},
}
TRANSFORM = {"target": "category", "drop": "document", "columns": json.dumps({"text": TEXT})}
# Chosen by a fifth of the training messages.
BOOSTER = {
    "booster": "gblinear",
    "objective": "multi:softprob",
    "num_class": "20",
    "num_round": "3",
    "lambda": "0.00001",
    "nthread": "1",
}


def train(commands: Commands, messages: Messages, folder: Path) -> tuple[Path, Path]:
    """Fit the transform, make features that stay sparse, train on them; gives both artifacts."""
    transform, booster = folder / "transform" / "model.tar.gz", folder / "booster" / "model.tar.gz"
    commands.run(
        "train", "--image", "preprocessor", "--channel", f"train={messages.train}",
        *to_options(TRANSFORM), "--output", transform.parent,
    )  # fmt: skip
    commands.run(
        "transform", "--stage", f"preprocessor={transform}", "--input", messages.lines,
        "--content-type", JSON_LINES, "--accept", SPARSE,
        "--split", "Line", "--max-payload", "4", "--output", folder / "features",
    )  # fmt: skip
    features = folder / "features" / f"{messages.lines.name}.out"
    commands.run(
        "train", "--image", "xgboost", "--channel", f"train={features};content-type={SPARSE}",
        "--channel", f"features={transform}", *to_options(BOOSTER),
        "--output", booster.parent,
    )  # fmt: skip
    return transform, booster


def ask_one(commands: Commands, messages: Messages, transform: Path, booster: Path) -> str:
    """Ask about one message: a third container, the transform again, answers with a name."""
    stages = ["--stage", f"preprocessor={transform}", "--stage", f"xgboost={booster}"]
    stages += ["--stage", f"preprocessor={transform}", "--env", "3:TANDEM_STAGE=inverse"]
    with commands.serve("pipeline", *stages) as url:
        return commands.invoke(url, "application/json", messages.one).strip()


def ask_all(
    commands: Commands, messages: Messages, transform: Path, booster: Path, output: Path
) -> NDArray[np.float64]:
    """Return how likely each group is for each held-out message, shape (messages, groups)."""
    commands.run(
        "transform", "--stage", f"preprocessor={transform}", "--stage", f"xgboost={booster}",
        "--input", messages.test, "--content-type", JSON_LINES, "--accept", "text/csv",
        "--split", "Line", "--assemble", "Line", "--max-payload", "4", "--output", output,
    )  # fmt: skip
    return np.loadtxt(output / f"{messages.test.name}.out", delimiter=",", ndmin=2)
