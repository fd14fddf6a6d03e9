"""20 newsgroups by a script of one's own: `python -m examples.newsgroups.run`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score

from examples.commands import Commands
from examples.newsgroups import data
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
    arguments = parser.parse_args(words)
    folder = arguments.output
    try:
        messages = data.find(arguments.data, folder / "data")
        commands = Commands(arguments.engine, folder)
        model = _train(commands, messages, folder / "model")
        _ask_one(commands, messages, model)
        groups = _ask_all(commands, messages, model, folder / "answers")
    except (FileNotFoundError, RuntimeError) as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    _tell(messages.groups, groups, folder)
    return 0


def _train(commands: Commands, messages: data.Messages, output: Path) -> Path:
    commands.run(
        "train", "--image", "preprocessor", "--entry-point", "classifier.py",
        "--source-dir", SCRIPT, "--channel", f"train={messages.train}",
        "--hyperparameter", "alpha=0.01", "--output", output,
    )  # fmt: skip
    return output / "model.tar.gz"


def _ask_one(commands: Commands, messages: data.Messages, model: Path) -> None:
    with commands.serving("serve", "--image", "preprocessor", "--model", model) as url:
        group = commands.invoke(url, JSON, messages.one).strip()
    print(f"  {group} (it was sent to {messages.groups[0]})\n")


def _ask_all(commands: Commands, messages: data.Messages, model: Path, output: Path) -> list[str]:
    """Ask about every held-out message, one a line, in requests of 4 MB."""
    commands.run(
        "transform", "--stage", f"preprocessor={model}", "--input", messages.test,
        "--content-type", JSON_LINES, "--accept", "text/csv",
        "--split", "Line", "--assemble", "Line", "--max-payload", "4", "--output", output,
    )  # fmt: skip
    return (output / "test.jsonl.out").read_text().split()


def _tell(true: Sequence[str], answered: Sequence[str], folder: Path) -> None:
    figures = {
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


if __name__ == "__main__":
    raise SystemExit(main())
