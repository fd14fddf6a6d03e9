"""The data: 11,314 messages to learn from and 7,532 held out, the official split by date.

Nobody has stated a licence for them, so they are no part of the repository. They are looked for in
a folder, as two files of quoted CSV with the columns `category`, `document` and `text`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "20newsgroups"
_FILE = "20news-bydate-{}.csv.gz"


@dataclass(frozen=True)
class Messages:
    """The training file, which `lines` has as JSON Lines too, and the held-out messages as such.

    `groups` are those of the held-out messages; `one` is the first of these.
    """

    train: Path
    lines: Path
    test: Path
    one: Path
    groups: list[str]


def find_messages(source: Path, folder: Path) -> Messages:
    """Read the data of `source`, and write what is asked of the endpoint into `folder`.

    Raises FileNotFoundError, with a sentence, where `source` does not hold both files.
    """
    train, test = (source / _FILE.format(part) for part in ("train", "test"))
    if not (train.is_file() and test.is_file()):
        raise FileNotFoundError(f"{source} does not hold {train.name} and {test.name}: see --data")
    table = pd.read_csv(test, keep_default_na=False)
    lines = [json.dumps({"text": text}) + "\n" for text in table["text"]]
    folder.mkdir(parents=True, exist_ok=True)
    messages = Messages(
        train,
        folder / "train.jsonl",
        folder / "test.jsonl",
        folder / "message.json",
        table["category"].tolist(),
    )
    pd.read_csv(train, keep_default_na=False).to_json(messages.lines, orient="records", lines=True)
    messages.test.write_text("".join(lines))
    messages.one.write_text(lines[0])
    return messages
