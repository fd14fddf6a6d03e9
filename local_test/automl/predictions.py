"""Predictions of raw rows through the containers that will be deployed, and their labels."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from local_test.automl.data.problem import ProblemType
from local_test.automl.data.profile import parse_numbers
from local_test.automl.data.scores import Answers, Numbers
from local_test.automl.data.tabular_file import read_file
from local_test.automl.job_runner import ApplyRequest, JobRunner, make_stages, read_member
from local_test.errors import JobError
from local_test.jobs.artifacts import MODEL


def predict_rows(
    runner: JobRunner,
    name: str,
    transform: Path,
    model: Path,
    problem: ProblemType,
    rows: tuple[Path, str, str],
    stop: threading.Event,
) -> Answers:
    """Return labels and predictions of a file of raw rows: its path, content type and target.

    `transform` is the output of the recipe's training job, and `model` an archive of the xgboost
    image. Numbers are in the target's units, classes are probabilities.
    """
    source, content_type, target = rows
    stages = make_stages(transform, model, inverse=not problem.has_classes)
    output = model.parent / "predictions" / source.stem
    runner.apply(ApplyRequest(name, stages, source, content_type, "text/csv", output), stop)
    text = (output / f"{source.name}.out").read_text(encoding="utf-8")
    outputs = np.array([line.split(",") for line in text.splitlines() if line], dtype=np.float64)
    labels = encode_labels(read_file(source).read_texts(target), read_classes(transform))
    if len(labels) != len(outputs):
        raise JobError(f"{name} answered {len(outputs)} of {len(labels)} rows")
    return Answers(labels, outputs)


def read_classes(transform: Path) -> list[str]:
    """Return the classes of the target in the order of their numbers; none of a number."""
    facts = json.loads(read_member(transform / MODEL, "recipe.json"))
    return [str(name) for name in facts.get("classes") or ()]


def encode_labels(texts: Sequence[str], classes: Sequence[str]) -> Numbers:
    """Return labels as numbers; a class that is a number may be spelt in other ways."""
    if not classes:
        return parse_numbers(texts)
    numbers = {name: number for number, name in enumerate(classes)}
    for number, value in enumerate(parse_numbers(classes)):
        if not np.isnan(value):
            numbers[repr(float(value))] = number
    return np.array([_encode_label(text, numbers) for text in texts], dtype=np.float64)


def _encode_label(text: str, numbers: dict[str, int]) -> float:
    if text in numbers:
        return float(numbers[text])
    [value] = parse_numbers([text])
    found = numbers.get(repr(float(value)))
    return np.nan if found is None else float(found)
