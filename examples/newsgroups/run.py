"""20 newsgroups, by a script or by a recipe: `python -m examples.newsgroups.run`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from examples.commands import Commands
from examples.newsgroups import data, recipe, report
from local_test.engines import ENGINE_NAMES

JSON, JSON_LINES = "application/json", "application/jsonlines"
SCRIPT = Path(__file__).with_name("script")


def main(words: Sequence[str] | None = None) -> int:
    """Run the example and write `report.json`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="newsgroups", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "newsgroups")
    parser.add_argument(
        "--data", type=Path, default=data.BESIDE, help="the folder of both .csv.gz files"
    )
    parser.add_argument(
        "--form", choices=FORMS, default="script", help="a script of one's own, or a recipe"
    )
    arguments = parser.parse_args(words)
    folder = arguments.output / arguments.form
    try:
        messages = data.find_messages(arguments.data, arguments.output / "data")
        FORMS[arguments.form](Commands(arguments.engine, folder), messages, folder)
    except (FileNotFoundError, RuntimeError) as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    return 0


def _run_script(commands: Commands, messages: data.Messages, folder: Path) -> None:
    model = _train(commands, messages, folder / "model")
    _ask_one(commands, messages, model)
    groups = _ask_all(commands, messages, model, folder / "answers")
    figures = _report(messages.groups, groups, folder)
    report.write_report(folder / "report.html", figures, messages.groups, groups)


def _run_recipe(commands: Commands, messages: data.Messages, folder: Path) -> None:
    stages = recipe.train(commands, messages, folder)
    _compare(recipe.ask_one(commands, messages, *stages), messages)
    likely = recipe.ask_all(commands, messages, *stages, folder / "answers")
    names = np.array(sorted(set(messages.groups)))  # the recipe numbers classes by their names
    groups = names[likely.argmax(axis=1)].tolist()
    figures = _report(messages.groups, groups, folder)
    page = folder / "report.html"
    report.write_report(page, figures, messages.groups, groups, likely, stages[1])


def _train(commands: Commands, messages: data.Messages, output: Path) -> Path:
    commands.run(
        "train", "--image", "preprocessor", "--entry-point", "classifier.py",
        "--source-dir", SCRIPT, "--channel", f"train={messages.train}",
        "--hyperparameter", "alpha=0.01", "--output", output,
    )  # fmt: skip
    return output / "model.tar.gz"


def _ask_one(commands: Commands, messages: data.Messages, model: Path) -> None:
    with commands.serve("serve", "--image", "preprocessor", "--model", model) as url:
        _compare(commands.invoke(url, JSON, messages.one).strip(), messages)


def _compare(group: str, messages: data.Messages) -> None:
    print(f"  {group} (it was sent to {messages.groups[0]})\n")


def _ask_all(commands: Commands, messages: data.Messages, model: Path, output: Path) -> list[str]:
    """Ask about every held-out message, one a line, in requests of 4 MB."""
    commands.run(
        "transform", "--stage", f"preprocessor={model}", "--input", messages.test,
        "--content-type", JSON_LINES, "--accept", "text/csv",
        "--split", "Line", "--assemble", "Line", "--max-payload", "4", "--output", output,
    )  # fmt: skip
    return (output / "test.jsonl.out").read_text().split()


def _report(true: Sequence[str], answered: Sequence[str], folder: Path) -> report.Figures:
    figures: report.Figures = {
        "messages": len(answered),
        "accuracy": round(float(accuracy_score(true, answered)), 4),
        "macro_f1": round(float(f1_score(true, answered, average="macro")), 4),
    }
    (folder / "report.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(
        f"{figures['accuracy']:.1%} of {len(answered):,} held-out messages are put into the right"
        f" one of {len(set(true))} groups: accuracy {figures['accuracy']:.4f},"
        f" macro F1 {figures['macro_f1']:.4f}."
    )
    return figures


FORMS = {"script": _run_script, "recipe": _run_recipe}


if __name__ == "__main__":
    raise SystemExit(main())
