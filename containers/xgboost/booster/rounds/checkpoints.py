"""Checkpoints: what a killed training needs to go on, in the folder the platform keeps in S3.

A checkpoint is one ZIP file, `xgboost-checkpoint.<rounds>`, without compression and with the check
sums of ZIP: the model, the course so far, the best model where the training keeps one, and what the
job is, so that another job's checkpoint is refused. It is written under a name the uploader ignores
and renamed. (Developer Guide, "Use Checkpoints in Amazon SageMaker"; the markers are those of
Amazon's XGBoost container, `checkpointing.py`.)
"""

from __future__ import annotations

import io
import json
import os
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from booster.data.dataset import Dataset
from booster.params.training_config import Recipe
from booster.rounds import evaluation_history
from booster.rounds.boosting import Boosting, Start
from tandem.errors import Location, UserError
from tandem.logs import logger

_NAME = re.compile(r"xgboost-checkpoint\.(\d+)")
_KEEP = 5
_IGNORED_BY_UPLOADER = ".sagemaker-ignore"
_BEING_UPLOADED = ".sagemaker-uploading"
# At most a twentieth of the time goes into checkpoints, and one a second is enough.
_SHARE, _LEAST_SECONDS = 20, 1.0


@dataclass(frozen=True)
class Identity:
    """What a job is, as far as its trees hang on it: names and values for a person to compare."""

    facts: dict[str, str]

    def difference(self, other: dict[str, str]) -> str:
        """Say in what a checkpoint's job differs from this one; nothing where it does not."""
        for name in sorted(self.facts.keys() | other.keys()):
            mine, its = self.facts.get(name, "not given"), other.get(name, "not given")
            if mine != its:
                return f"{name} was {its} and is {mine}"
        return ""


def described(sets: Mapping[str, Dataset]) -> dict[str, str]:
    """Say what the data of a job on one host is."""
    return {f"channel {name}": dataset.fingerprint for name, dataset in sets.items()}


def identity(recipe: Recipe, rows: Mapping[str, str]) -> Identity:
    """Say what a job is: all that its trees and its early stopping hang on.

    `rows` are words and check sums that tell its data from any other.
    """
    same_anyway = {"nthread", "verbosity", "device"}
    facts = {
        name: str(value) for name, value in recipe.parameters.items() if name not in same_anyway
    }
    facts["early_stopping_rounds"] = str(recipe.patience)
    facts["metrics"] = ", ".join([*(m.name for m in recipe.metrics), recipe.watched.name])
    return Identity(facts | dict(rows))


class Checkpoints:
    """The checkpoints of one job in one folder."""

    def __init__(
        self, folder: Path, identity: Identity, least_seconds: float = _LEAST_SECONDS
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._least = least_seconds
        self._due = 0.0
        self._written = -1

    def newest(self) -> Start:
        """Return the newest checkpoint that is whole, or a fresh start.

        Raises UserError when it is another job's.
        """
        for rounds, path in self._present():
            try:
                facts, start = _read(path)
            except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
                logger.warning("checkpoint %s is damaged and passed over (%s)", path.name, error)
                continue
            difference = self._identity.difference(facts)
            if difference:
                raise UserError(
                    f"is the checkpoint of another job: {difference}",
                    where=Location(str(path)),
                    remedy="Empty the folder, or give the job its own",
                )
            self._written = rounds
            logger.info("going on from %s, after %d rounds", path.name, rounds)
            return start
        return Start()

    def after_round(self, boosting: Boosting) -> None:
        """Write a checkpoint where one is due."""
        if time.monotonic() >= self._due:
            self.write(boosting)

    def write(self, boosting: Boosting) -> None:
        """Write a checkpoint of the rounds done, and remove those there are too many of."""
        rounds = boosting.course.rounds
        if rounds == self._written:
            return
        began = time.monotonic()
        _write(self._folder / f"xgboost-checkpoint.{rounds}", _packed(boosting, self._identity))
        self._written = rounds
        self._prune()
        now = time.monotonic()
        self._due = now + max(self._least, _SHARE * (now - began) if self._least else 0)

    def _present(self) -> Iterator[tuple[int, Path]]:
        found = [(_NAME.fullmatch(path.name), path) for path in self._folder.iterdir()]
        yield from sorted(((int(m.group(1)), p) for m, p in found if m), reverse=True)

    def _prune(self) -> None:
        for _, path in list(self._present())[_KEEP:]:
            if not path.with_name(path.name + _BEING_UPLOADED).exists():
                path.unlink()


def _packed(boosting: Boosting, identity: Identity) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("job.json", json.dumps(identity.facts))
        archive.writestr("course.json", boosting.course.to_json())
        archive.writestr("model.ubj", bytes(boosting.booster.save_raw("ubj")))
        if boosting.best_model is not None:
            archive.writestr("best.ubj", boosting.best_model)
    return stream.getvalue()


def _read(path: Path) -> tuple[dict[str, str], Start]:
    with zipfile.ZipFile(path) as archive:
        if any(item.compress_type != zipfile.ZIP_STORED for item in archive.infolist()):
            raise zipfile.BadZipFile("it is compressed, as no checkpoint is")
        best = archive.read("best.ubj") if "best.ubj" in archive.namelist() else None
        start = Start(
            archive.read("model.ubj"),
            evaluation_history.from_json(archive.read("course.json")),
            best,
        )
        return json.loads(archive.read("job.json")), start


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + _IGNORED_BY_UPLOADER)
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
