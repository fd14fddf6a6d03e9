"""Checkpoints, from which a killed training resumes, in the folder that SageMaker keeps in S3.

A checkpoint is one ZIP file, `xgboost-checkpoint.<rounds>`, without compression and with ZIP's
checksums: the model, the evaluation history, the best model where the training keeps one, and the
identity of the job, so that another job's checkpoint is refused. It is written under a name that
the uploader ignores, and renamed. (Developer Guide, "Use Checkpoints in Amazon SageMaker"; the
markers are those of Amazon's XGBoost container, `checkpointing.py`.)
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
from booster.params.training_config import TrainingConfig
from booster.rounds import evaluation_history
from booster.rounds.boosting import Boosting, TrainingState
from tandem.errors import Location, UserError
from tandem.logs import logger

_NAME = re.compile(r"xgboost-checkpoint\.(\d+)")
_KEEP = 5
_IGNORED_BY_UPLOADER = ".sagemaker-ignore"
_BEING_UPLOADED = ".sagemaker-uploading"
# At most a twentieth of the time goes into checkpoints, and one a second is enough.
_SHARE, _MIN_SECONDS = 20, 1.0


@dataclass(frozen=True)
class JobIdentity:
    """The parameters and checksums that must match before a job resumes, in a readable form."""

    facts: dict[str, str]

    def find_difference(self, other: dict[str, str]) -> str:
        """Return how a checkpoint's job differs from this one; empty where it does not."""
        for name in sorted(self.facts.keys() | other.keys()):
            mine, its = self.facts.get(name, "not given"), other.get(name, "not given")
            if mine != its:
                return f"{name} was {its} and is {mine}"
        return ""


def describe_datasets(sets: Mapping[str, Dataset]) -> dict[str, str]:
    """Return the fingerprints of the data sets of a job on one host, by channel."""
    return {f"channel {name}": dataset.fingerprint for name, dataset in sets.items()}


def identify_job(config: TrainingConfig, data: Mapping[str, str]) -> JobIdentity:
    """Return the parameters and data checksums that must match before a job may resume.

    `data` are descriptions and checksums of the data, by name.
    """
    same_anyway = {"nthread", "verbosity", "device"}
    facts = {
        name: str(value) for name, value in config.parameters.items() if name not in same_anyway
    }
    facts["early_stopping_rounds"] = str(config.patience)
    deciding = [one.name for one in (config.watched, config.kept) if one]
    facts["metrics"] = ", ".join([*(m.name for m in config.metrics), *deciding])
    return JobIdentity(facts | dict(data))


class Checkpoints:
    """The checkpoints of one job in one folder."""

    def __init__(
        self, folder: Path, identity: JobIdentity, least_seconds: float = _MIN_SECONDS
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._least = least_seconds
        self._due = 0.0
        self._written = -1

    def load_newest(self) -> TrainingState:
        """Return the state of the newest undamaged checkpoint, or a fresh one.

        Raises UserError when the checkpoint belongs to another job.
        """
        for rounds, path in self._list_checkpoints():
            try:
                facts, start = _read(path)
            except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
                logger.warning("checkpoint %s is damaged and passed over (%s)", path.name, error)
                continue
            difference = self._identity.find_difference(facts)
            if difference:
                raise UserError(
                    f"is the checkpoint of another job: {difference}",
                    where=Location(str(path)),
                    remedy="Empty the folder, or give the job its own",
                )
            self._written = rounds
            logger.info("going on from %s, after %d rounds", path.name, rounds)
            return start
        return TrainingState()

    def after_round(self, boosting: Boosting) -> None:
        """Write a checkpoint when one is due: at most one a second and a twentieth of the time."""
        if time.monotonic() >= self._due:
            self.write(boosting)

    def write(self, boosting: Boosting) -> None:
        """Write a checkpoint of the rounds so far, and remove all but the newest five."""
        rounds = boosting.history.rounds
        if rounds == self._written:
            return
        began = time.monotonic()
        _write(self._folder / f"xgboost-checkpoint.{rounds}", _pack(boosting, self._identity))
        self._written = rounds
        self._prune()
        now = time.monotonic()
        self._due = now + max(self._least, _SHARE * (now - began) if self._least else 0)

    def _list_checkpoints(self) -> Iterator[tuple[int, Path]]:
        matches = [(_NAME.fullmatch(path.name), path) for path in self._folder.iterdir()]
        yield from sorted(((int(m.group(1)), p) for m, p in matches if m), reverse=True)

    def _prune(self) -> None:
        for _, path in list(self._list_checkpoints())[_KEEP:]:
            if not path.with_name(path.name + _BEING_UPLOADED).exists():
                path.unlink()


def _pack(boosting: Boosting, identity: JobIdentity) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("job.json", json.dumps(identity.facts))
        archive.writestr("course.json", boosting.history.to_json())
        archive.writestr("model.ubj", bytes(boosting.booster.save_raw("ubj")))
        if boosting.best_model is not None:
            archive.writestr("best.ubj", boosting.best_model)
    return stream.getvalue()


def _read(path: Path) -> tuple[dict[str, str], TrainingState]:
    with zipfile.ZipFile(path) as archive:
        if any(item.compress_type != zipfile.ZIP_STORED for item in archive.infolist()):
            raise zipfile.BadZipFile("it is compressed, as no checkpoint is")
        best = archive.read("best.ubj") if "best.ubj" in archive.namelist() else None
        start = TrainingState(
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
