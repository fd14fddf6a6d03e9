"""Trains and serves as in Amazon's scikit-learn container: nothing in it is Tandem's."""

import argparse
import json
import os
from pathlib import Path

import joblib
import pandas as pd
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from words import vectorizer


def train(arguments: argparse.Namespace) -> None:
    """Fit TF-IDF and naive Bayes to every CSV file of the channel, and keep both."""
    files = sorted(Path(arguments.train).glob("*.csv*"))
    messages = pd.concat([pd.read_csv(file, keep_default_na=False) for file in files])
    model = make_pipeline(vectorizer(arguments.skip_lines), MultinomialNB(alpha=arguments.alpha))
    model.fit(messages["text"], messages["category"])
    joblib.dump(model, Path(arguments.model_dir) / "model.joblib")
    print(f"messages={len(messages)}; terms={len(model[0].vocabulary_)};")


def model_fn(model_dir: str) -> Pipeline:
    """Load what `train` kept."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> list[str]:
    """Read messages: a JSON object, or one a line."""
    if content_type == "application/json":
        return [json.loads(body)["text"]]
    if content_type == "application/jsonlines":
        return [json.loads(line)["text"] for line in body.splitlines()]
    raise ValueError(f"{content_type} is not read by this script")


def predict_fn(texts: list[str], model: Pipeline) -> list[str]:
    """Name the group of each message."""
    return [str(group) for group in model.predict(texts)]


def output_fn(groups: list[str], accept: str) -> tuple[str, str]:
    """Write the groups as a JSON list, or one a line."""
    if accept == "application/json":
        return json.dumps(groups), accept
    return "".join(f"{group}\n" for group in groups), "text/csv"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float, default=0.01)
    parser.add_argument("--skip-lines", type=int, default=5)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    train(parser.parse_args())
