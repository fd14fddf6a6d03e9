"""`python -m examples.iris.run`: train the forest and lay out the function in build/iris."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import skops.io
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent


@dataclass(frozen=True)
class TrainedModel:
    """The function's folder, and the share of held-out flowers that are named rightly."""

    function: Path
    held_out: int
    accuracy: float


def main(words: Sequence[str] | None = None) -> int:
    """Train, write and tell; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.iris.run", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build") / "iris")
    trained = train(parser.parse_args(words).output)
    right = round(trained.accuracy * trained.held_out)
    print(f"{right} of {trained.held_out} irises that training never saw are named rightly.")
    print(f"{trained.function} holds the function and its model; the layer: make lambda-layer")
    return 0


def train(output: Path) -> TrainedModel:
    """Train on three quarters of the flowers, a third of each species among them."""
    flowers = load_iris()
    names = flowers.target_names[flowers.target]
    rows, others, train_labels, test_labels = train_test_split(
        flowers.data, names, test_size=0.25, random_state=0, stratify=names
    )
    forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(rows, train_labels)
    function = output / "function"
    function.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "function" / "handler.py", function / "handler.py")
    shutil.copyfile(HERE / "template.yaml", output / "template.yaml")
    skops.io.dump(forest, function / "model.skops")
    accuracy = accuracy_score(test_labels, forest.predict(others))
    return TrainedModel(function, len(test_labels), float(accuracy))


if __name__ == "__main__":
    raise SystemExit(main())
