"""Where a training file without a header has its label and its weights."""

from collections.abc import Callable, Mapping
from pathlib import Path

from local_test.conformance.check import MUST, check
from local_test.conformance.harness.image_under_test import CSV
from local_test.conformance.harness.serving_container import Hosting, Reply
from local_test.conformance.harness.session import Bench
from local_test.conformance.harness.trainer import Plan, Run
from local_test.conformance.outcomes import expect, inapplicable
from local_test.platform.channels import Channel

_RISE = 100.0
_WEIGHTS = "csv_weights"
Rewrite = Callable[[list[str]], list[list[str]]]


@check(19, MUST, "Take column 1 for the label, and with csv_weights=1 column 2 for the weight.")
def label_first(bench: Bench) -> None:
    """In CSV without a header the label is column 1, and csv_weights=1 makes column 2 weights."""
    before = _mean(bench.served.ask(accept=CSV)) if _plain(bench) else None
    if before is None:
        inapplicable("the data is not CSV without a header that has a label and is answered so")
    risen = _trained(bench, "risen", lambda cells: [_raised(cells)])
    if not risen.ok:
        inapplicable(f"labels that are {_RISE:g} higher cannot be learnt: {risen.ending}")
    rise = _asked(bench, risen) - before
    expect(
        abs(rise - _RISE) < _RISE / 2,
        f"labels in the first column were raised by {_RISE:g}, and its answers rose by {rise:g}",
    )
    weighted = _trained(bench, "weighted", _weighted, {_WEIGHTS: "1"})
    if not weighted.ok and _WEIGHTS in weighted.failure:
        return  # it has no such hyperparameter
    expect(weighted.ok, f"with {_WEIGHTS}=1 {weighted.ending}")
    rise = _asked(bench, weighted) - before
    without = f"with {_WEIGHTS}=1, rows of hardly any weight move its answers by {rise:g}"
    expect(abs(rise) < _RISE / 2, without)


def _plain(bench: Bench) -> bool:
    subject = bench.subject
    if subject.content_type != CSV or subject.request_type != CSV:
        return False
    rows = [line.split(",") for path in subject.channels.values() for line in _lines(path)[:1]]
    asked = len(subject.rows[0].split(b","))
    return all(len(cells) == asked + 1 and _number(cells[0]) is not None for cells in rows)


def _weighted(cells: list[str]) -> list[list[str]]:
    label, *features = cells
    return [[label, "1", *features], [_raised(cells)[0], "1e-6", *features]]


def _raised(cells: list[str]) -> list[str]:
    return [str(float(cells[0]) + _RISE), *cells[1:]]


def _trained(
    bench: Bench, name: str, rewrite: Rewrite, more: Mapping[str, str] | None = None
) -> Run:
    _ = bench.trained
    channels = []
    for channel in bench.trainer.channels():
        rows = [row for line in _lines(channel.path) for row in rewrite(line.split(","))]
        path = bench.trainer.directory(name) / "train.csv"
        path.write_text("".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
        channels.append(Channel(channel.name, path, CSV))
    given = {**bench.subject.hyperparameters, **(more or {})}
    return bench.train(Plan(hyperparameters=given, channels=tuple(channels)))


def _lines(path: Path) -> list[str]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    text = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    return [line for line in text.splitlines() if line]


def _asked(bench: Bench, run: Run) -> float:
    with bench.another(Hosting(model=run.tree.model)) as served:
        reply = served.ask(accept=CSV)
    found = _mean(reply)
    expect(found is not None, f"trained on other labels, the request gets {reply}")
    return found or 0.0


def _mean(reply: Reply) -> float | None:
    values = [_number(line.decode(errors="replace").split(",")[0]) for line in reply.lines]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if reply.ok and known and len(known) == len(values) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
