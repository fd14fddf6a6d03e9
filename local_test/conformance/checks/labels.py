"""Where a training file without a header has its label and its weights."""

from collections.abc import Callable, Mapping
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import ContainerResponse, ServingPlan
from local_test.conformance.harness.session import Session
from local_test.conformance.harness.trainer import FinishedTraining, TrainingPlan
from local_test.conformance.outcomes import expect, raise_not_applicable
from local_test.platform.channels import Channel

_RISE = 100.0
_WEIGHTS = "csv_weights"
Rewrite = Callable[[list[str]], list[list[str]]]


@check(19, MUST, "Take column 1 for the label, and with csv_weights=1 column 2 for the weight.")
def label_first(session: Session) -> None:
    """In CSV without a header the label is column 1, and csv_weights=1 makes column 2 weights."""
    before = (
        _compute_mean(session.shared_container.invoke(accept=CSV))
        if _is_plain_csv(session)
        else None
    )
    if before is None:
        raise_not_applicable(
            "the data is not CSV without a header that has a label and is answered so"
        )
    risen = _train_rewritten(session, "risen", lambda cells: [_raise_label(cells)])
    if not risen.ok:
        raise_not_applicable(f"labels that are {_RISE:g} higher cannot be learnt: {risen.ending}")
    rise = _predict_mean(session, risen) - before
    expect(
        abs(rise - _RISE) < _RISE / 2,
        f"labels in the first column were raised by {_RISE:g}, and its answers rose by {rise:g}",
    )
    weighted = _train_rewritten(session, "weighted", _add_weighted_copy, {_WEIGHTS: "1"})
    if not weighted.ok and _WEIGHTS in weighted.failure:
        return  # it has no such hyperparameter
    expect(weighted.ok, f"with {_WEIGHTS}=1 {weighted.ending}")
    rise = _predict_mean(session, weighted) - before
    without = f"with {_WEIGHTS}=1, rows of hardly any weight move its answers by {rise:g}"
    expect(abs(rise) < _RISE / 2, without)


def _is_plain_csv(session: Session) -> bool:
    subject = session.subject
    if subject.content_type != CSV or subject.request_type != CSV:
        return False
    rows = [line.split(",") for path in subject.channels.values() for line in _read_lines(path)[:1]]
    width = len(subject.rows[0].split(b","))
    return all(len(cells) == width + 1 and _parse_number(cells[0]) is not None for cells in rows)


def _add_weighted_copy(cells: list[str]) -> list[list[str]]:
    label, *features = cells
    return [[label, "1", *features], [_raise_label(cells)[0], "1e-6", *features]]


def _raise_label(cells: list[str]) -> list[str]:
    return [str(float(cells[0]) + _RISE), *cells[1:]]


def _train_rewritten(
    session: Session, name: str, rewrite: Rewrite, more: Mapping[str, str] | None = None
) -> FinishedTraining:
    _ = session.trained_run
    channels = []
    for channel in session.trainer.list_channels():
        rows = [row for line in _read_lines(channel.path) for row in rewrite(line.split(","))]
        path = session.trainer.make_directory(name) / "train.csv"
        path.write_text("".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
        channels.append(Channel(channel.name, path, CSV))
    hyperparameters = {**session.subject.hyperparameters, **(more or {})}
    return session.train(TrainingPlan(hyperparameters=hyperparameters, channels=tuple(channels)))


def _read_lines(path: Path) -> list[str]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    return [line for line in text.splitlines() if line]


def _predict_mean(session: Session, run: FinishedTraining) -> float:
    with session.serve_separately(ServingPlan(model=run.tree.model)) as server:
        response = server.invoke(accept=CSV)
    mean = _compute_mean(response)
    expect(mean is not None, f"trained on other labels, the request gets {response}")
    return mean or 0.0


def _compute_mean(response: ContainerResponse) -> float | None:
    values = [_parse_number(line.decode(errors="replace").split(",")[0]) for line in response.lines]
    numbers = [value for value in values if value is not None]
    return (
        sum(numbers) / len(numbers)
        if response.ok and numbers and len(numbers) == len(values)
        else None
    )


def _parse_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
