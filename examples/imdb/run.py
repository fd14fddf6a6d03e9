"""Reviews of films, kind or unkind: `python -m examples.imdb.run`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score, roc_curve

from examples import browser, page, term_weights
from examples.commands import Commands, to_options
from examples.imdb import data, web
from local_test.engines import ENGINE_NAMES
from tandem.report import charts

JSON_LINES, SPARSE = "application/jsonlines", "application/x-recordio-protobuf"
TEXT = {
    "clean": {"letters_only": True},
    "tfidf": {"max_features": 20_000, "ngram_max": 2, "min_df": 2, "sublinear_tf": True},
}
TRANSFORM = {"target": "label", "columns": json.dumps({"text": TEXT})}
# A line through 20,000 terms: no tree. `lambda` is per review, as XGBoost's linear booster has it.
BOOSTER = {
    "booster": "gblinear",
    "objective": "binary:logistic",
    "num_round": "10",
    "lambda": "0.0001",
    "nthread": "1",
}
_WORDS = 12
REVIEW = (
    "I expected little. What a wonderful surprise: a moving story, superbly played, never dull."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the example and write `report.json` and `report.html`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="imdb", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "imdb")
    parser.add_argument("--reviews", type=int, default=data.ALL, help="how many (default: all)")
    options = parser.parse_args(arguments)
    folder = options.output
    try:
        reviews = data.split(data.fetch(), folder / "data", options.reviews)
        commands = Commands(options.engine, folder)
        stages = _train(commands, reviews, folder)
        _show_page(commands, stages, folder)
        answers = _ask_all(commands, stages, reviews, folder / "answers")
    except RuntimeError as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    _report(reviews.labels, answers, folder)
    return 0


def _train(commands: Commands, reviews: data.Reviews, folder: Path) -> list[str]:
    """Fit the transform, make features that stay sparse, train on them; gives both stages."""
    transform, booster = folder / "transform" / "model.tar.gz", folder / "booster" / "model.tar.gz"
    commands.run(
        "train", "--image", "preprocessor",
        "--channel", f"train={reviews.train};content-type={JSON_LINES}",
        *to_options(TRANSFORM), "--output", transform.parent,
    )  # fmt: skip
    commands.run(
        "transform", "--stage", f"preprocessor={transform}", "--input", reviews.train,
        "--content-type", JSON_LINES, "--accept", SPARSE,
        "--split", "Line", "--max-payload", "4", "--output", folder / "features",
    )  # fmt: skip
    features = folder / "features" / "train.jsonl.out"
    commands.run(
        "train", "--image", "xgboost", "--channel", f"train={features};content-type={SPARSE}",
        "--channel", f"features={transform}", *to_options(BOOSTER),
        "--output", booster.parent,
    )  # fmt: skip
    return ["--stage", f"preprocessor={transform}", "--stage", f"xgboost={booster}"]


def _show_page(commands: Commands, stages: Sequence[str], folder: Path) -> None:
    """Look at the web page with a review in it, where there is a browser."""
    with commands.serve("pipeline", *stages) as url, web.serve_page(url) as address:
        try:
            picture = folder / "page.png"
            shown = browser.take_screenshot(
                f"{address}#{quote(REVIEW)}", picture, width=760, height=520
            )
        except RuntimeError as error:
            print(f"  the page was not looked at: {error}\n")
            return
    (folder / "page.html").write_text(shown, encoding="utf-8")
    print(f"  the page, asked about one review: {picture}\n")


def _ask_all(
    commands: Commands, stages: Sequence[str], reviews: data.Reviews, output: Path
) -> list[float]:
    commands.run(
        "transform", *stages, "--input", reviews.asked, "--content-type", JSON_LINES,
        "--accept", "text/csv", "--split", "Line", "--assemble", "Line", "--max-payload", "4",
        "--output", output,
    )  # fmt: skip
    return [float(line) for line in (output / "asked.jsonl.out").read_text().split()]


def _report(labels: Sequence[int], answers: Sequence[float], folder: Path) -> None:
    kind = [score > 0.5 for score in answers]
    figures = {
        "reviews": len(labels),
        "accuracy": round(float(accuracy_score(labels, kind)), 4),
        "f1": round(float(f1_score(labels, kind)), 4),
        "auc": round(float(roc_auc_score(labels, answers)), 4),
    }
    (folder / "report.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(
        f"{figures['accuracy']:.1%} of {len(labels):,} held-out reviews are told right:"
        f" F1 {figures['f1']:.4f}, area under the ROC curve {figures['auc']:.4f}."
    )
    across, up, _ = roc_curve(labels, answers)
    curve = {"held out": list(zip(across.tolist(), up.tolist(), strict=True))}
    clouds = _draw_clouds(folder / "booster" / "model.tar.gz")
    page.write_page(
        folder / "report.html",
        "IMDB: was a review kind?",
        f"{len(labels):,} reviews that training never saw.",
        {name: f"{value:.4g}" for name, value in figures.items()},
        {
            "ROC": charts.draw_curves(curve, "unkind, called kind", "kind, called kind", mark=None),
            "Words that weigh most": clouds,
        },
    )


def _draw_clouds(booster: Path) -> Markup:
    names, weights = term_weights.read_term_weights(booster)
    order = weights[:, 0].argsort()
    sides = {"unkind": order[:_WORDS], "kind": order[: -_WORDS - 1 : -1]}
    return Markup().join(
        term_weights.draw_term_cloud(title, [(names[at], weights[at, 0]) for at in chosen])
        for title, chosen in sides.items()
    )


if __name__ == "__main__":
    raise SystemExit(main())
