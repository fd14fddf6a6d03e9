"""Several hosts analyze one data set: the first one writes the very bytes that one host writes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import hosts as several
from tests.analyzer.clarify import test_monitored_job
from tests.analyzer.clarify.jobs import make_config, make_loans, run_job
from tests.analyzer.jobs import CAPTURE, CSV, INPUT, Place, make_table, to_csv
from tests.analyzer.model_quality.test_merge import (
    LABELS,
    capture,
    label,
    make,
    merge,
    write_labels,
)
from tests.hosts import run_hosts

SHARDED, REPLICATED = "ShardedByS3Key", "FullyReplicated"
FOLDERS = ("processing/input/data", "processing/groundtruth")
CONFIG = "processing/input/config/analysis_config.json"
MONITOR = {
    "dataset_source": f"{INPUT}/data",
    "dataset_format": CSV,
    "output_path": "/opt/ml/processing/output",
}
MERGE = {"dataset_format": CAPTURE, "ground_truth_source": LABELS}


class Host(several.Host):
    """One host of a job of the analyzer; `asked` are variables, and how its data is dealt out."""

    image = "analyzer"

    def start(self) -> None:
        variables = dict(self.asked)
        kind = {"S3DataDistributionType": variables.pop("distribution", REPLICATED)}
        inputs = [{"S3Input": {"LocalPath": f"/opt/ml/{folder}", **kind}} for folder in FOLDERS]
        config = self.root / "config"
        config.mkdir()
        for name, content in (
            ("resourceconfig", {"current_host": self.name, "hosts": self.hosts}),
            ("processingjobconfig", {"ProcessingInputs": inputs}),
        ):
            (config / f"{name}.json").write_text(json.dumps(content))
        variables |= {"SAGEMAKER_BASE_DIR": str(self.root), "PATH": os.environ["PATH"]}
        with (self.root / "log").open("w") as log:
            self.process = subprocess.Popen(
                self.program[:1], env=variables, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def message(self) -> str:
        return (self.root / "output/message").read_text()


def make_hosts(
    root: Path,
    place: Place,
    count: int,
    distribution: str,
    variables: dict[str, str],
    config: dict[str, Any] | None = None,
) -> list[Host]:
    """Return hosts with the files of a place, as the platform deals them out.

    They run a job of Model Monitor, or Clarify's of a `config` and its variables, if any.
    """
    asked = {"distribution": distribution, **variables}
    if config is None:
        asked = MONITOR | asked
    hosts = several.build_cluster(Host, root, count, asked)
    for host in hosts:
        (host.root / CONFIG).parent.mkdir(parents=True)
        if config is not None:
            (host.root / CONFIG).write_text(json.dumps(config))
    for folder in FOLDERS:
        files = sorted(path for path in (place.root / folder).rglob("*") if path.is_file())
        for index, host in enumerate(hosts):
            (host.root / folder).mkdir(parents=True)
            for path in files[index::count] if distribution == SHARDED else files:
                copy = host.root / path.relative_to(place.root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
    return hosts


def write_files(place: Place, rows: int) -> None:
    """Write five files; the columns of the second one stand in another order, and one is new."""
    table = make_table(1, rows)
    for number in range(5):
        part = {name: cells[number::5] for name, cells in table.items()}
        if number == 1:
            part = {"extra": part["age"]} | dict(reversed(part.items()))
        place.write(f"{'ba'[number % 2]}/{number}.csv", to_csv(part))


# 80,000 rows have more distinct numbers than a summary keeps exactly.
@pytest.mark.parametrize(
    ("count", "distribution", "rows"), [(2, SHARDED, 80_000), (3, REPLICATED, 999)]
)
def test_the_first_host_writes_the_bytes_of_one_host(
    tmp_path: Path, count: int, distribution: str, rows: int
) -> None:
    known = Place(tmp_path / "known")
    known.write("a.csv", to_csv(make_table(2, 400)))
    known.run()
    alone = Place(tmp_path / "alone")
    write_files(alone, rows)
    message = alone.run(baseline=known.output)
    files = {name: str(known.output / f"{name}.json") for name in ("constraints", "statistics")}
    variables = {f"baseline_{name}": path for name, path in files.items()}
    hosts = make_hosts(tmp_path, alone, count, distribution, variables)
    assert run_hosts(hosts) == [0] * count, [host.log for host in hosts]
    written = {path.name: path.read_bytes() for path in alone.output.iterdir()}
    assert len(written) == 4
    assert {p.name: p.read_bytes() for p in Place(hosts[0].root).output.iterdir()} == written
    assert hosts[0].message == message
    for host in hosts[1:]:
        assert not Place(host.root).output.exists()
        assert host.message == f"Completed: {hosts[0].name} wrote the results of all hosts."


def test_model_quality_of_two_hosts_is_that_of_one(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    table = make_table(3, 600)
    for number in range(3):
        cells = {name: table[name][number::3] for name in ("amount", "balance")}
        alone.write(f"{number}.csv", to_csv(cells))
    variables = {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression"}
    variables |= {"inference_attribute": "amount", "ground_truth_attribute": "balance"}
    found = []
    for count in (1, 2):
        hosts = make_hosts(tmp_path / str(count), alone, count, SHARDED, variables)
        assert run_hosts(hosts) == [0] * count, [host.log for host in hosts]
        statistics = Place(hosts[0].root).read("statistics.json")
        found.append((statistics["dataset"]["item_count"], statistics["regression_metrics"]))
    assert found[0] == found[1]
    assert found[0][0] == 600


def write_events(place: Place, files: int, events: int = 4) -> None:
    """Write captured files and twice as many labels: late ones, and the first ones corrected."""
    for number in range(files):
        names = [f"{number}-{event}" for event in range(events)]
        hours = [14 if event == 3 else 12 for event in range(events)]
        captured = [capture(one, "0.5", hour=hour) for one, hour in zip(names, hours, strict=True)]
        place.write(f"1{number}/a.jsonl", "".join(captured))
        last, first = ([label(one, data) for one in names] for data in "01")
        write_labels(place, f"{9 - number}/a.jsonl", "".join(last[1:]))
        write_labels(place, f"{number}/b.jsonl", "".join(first[2:]))


# Of three hosts with two files of each kind one has none.
@pytest.mark.parametrize(
    ("count", "distribution", "files"), [(2, SHARDED, 5), (3, REPLICATED, 2), (3, SHARDED, 2)]
)
def test_ground_truth_is_merged_to_the_bytes_of_one_host(
    tmp_path: Path, count: int, distribution: str, files: int
) -> None:
    alone = Place(tmp_path / "alone")
    write_events(alone, files)
    window = {"end_time": "2026-01-31T14:00:00Z"}
    message = merge(make(alone, **window))
    assert message == (
        f"Completed: {2 * files} events merged, {files} without ground truth, "
        f"{files} outside the time window."
    )
    hosts = make_hosts(tmp_path, alone, count, distribution, MERGE | window)
    assert run_hosts(hosts) == [0] * count, [host.log for host in hosts]
    first = Place(hosts[0].root).output
    assert [path.name for path in first.iterdir()] == ["merged.jsonl"]
    assert (first / "merged.jsonl").read_bytes() == (alone.output / "merged.jsonl").read_bytes()
    assert hosts[0].message == message
    assert not any(Place(host.root).output.exists() for host in hosts[1:])


def test_a_merge_without_a_label_for_any_event_fails_on_all_hosts(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    alone.write("a.jsonl", capture("e1", "0.9"))
    write_labels(alone, "a.jsonl", label("e2", "1"))
    hosts = make_hosts(tmp_path, alone, 2, REPLICATED, MERGE)
    assert run_hosts(hosts) == [1, 1]
    sentence = "no ground truth for the 1 captured events: none of 1 labels has their"
    assert [sentence in host.message for host in hosts] == [True, True], hosts[0].message
    assert not Place(hosts[0].root).output.exists()


def test_a_host_that_dies_ends_the_merge_and_nothing_is_written(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    write_events(alone, 2, events=20_000)
    hosts = make_hosts(tmp_path, alone, 2, SHARDED, MERGE)
    for host in hosts:
        host.start()
    hosts[0].wait_for("2 hosts joined the analysis")
    hosts[1].process.kill()
    assert [host.end() for host in hosts] == [2, -9]
    assert f"{hosts[1].name} does not answer any more" in hosts[0].message
    assert not Place(hosts[0].root).output.exists()


# Of three hosts with two files one has none.
@pytest.mark.parametrize(("count", "distribution", "files"), [(2, SHARDED, 5), (3, REPLICATED, 2)])
def test_bias_of_several_hosts_is_that_of_one(
    tmp_path: Path, count: int, distribution: str, files: int
) -> None:
    loans = make_loans(300)
    loans["predicted"] = (loans.income > 50).astype(int)
    methods = {name: {"methods": "all"} for name in ("pre_training_bias", "post_training_bias")}
    config = make_config(headers=None, predicted_label="predicted", methods=methods)
    alone = Place(tmp_path / "alone")
    for number in range(files):
        alone.write(f"{number}.csv", loans[number::files].to_csv(index=False))
    (alone.root / CONFIG).parent.mkdir(parents=True)
    (alone.root / CONFIG).write_text(json.dumps(config))
    run_job(alone.root / CONFIG, alone.root, {})
    hosts = make_hosts(tmp_path, alone, count, distribution, {}, config)
    assert run_hosts(hosts) == [0] * count, [host.log for host in hosts]
    for name in ("analysis.json", "report.html", "report.ipynb"):
        written = (Place(hosts[0].root).output / name).read_bytes()
        assert written == (alone.output / name).read_bytes()
    assert not any(Place(host.root).output.exists() for host in hosts[1:])


def test_a_monitor_of_bias_finds_on_two_hosts_what_one_finds(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    live = test_monitored_job.predict(make_loans(300, seed=6), against_women=30)
    for number in range(3):
        alone.write(f"{number}.jsonl", test_monitored_job.capture(live[number::3]))
    bias = {
        "facets": {"sex": [{"value_or_threshold": "f", "metrics": [{"name": "DPPL", "value": 0}]}]}
    }
    place = tmp_path / "baseline.json"
    place.write_text(json.dumps({"post_training_bias_metrics": bias}))
    variables = MONITOR | {
        "dataset_format": '{"sagemakerMergeJson": {}}',
        "baseline_constraints": str(place),
        "probability_attribute": "0",
    }
    found = []
    for count in (1, 2):
        hosts = make_hosts(
            tmp_path / str(count), alone, count, SHARDED, variables, test_monitored_job.MONITOR
        )
        assert run_hosts(hosts) == [0] * count, [host.log for host in hosts]
        output = Place(hosts[0].root).output
        names = ("analysis.json", "constraint_violations.json")
        found.append([(output / name).read_bytes() for name in names])
        assert hosts[0].message.startswith("CompletedWithViolations: "), hosts[0].message
    assert found[0] == found[1]


def test_a_damaged_file_of_another_host_ends_the_job_on_both(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    alone.write("0.csv", "age,size\n1,2\n")
    alone.write("1.csv", "age,size\n1,2,3\n")
    hosts = make_hosts(tmp_path, alone, 2, SHARDED, {})
    assert run_hosts(hosts) == [1, 1]
    sentence = f"1.csv on {hosts[1].name}: is no CSV table of one width in UTF-8"
    assert [sentence in host.message for host in hosts] == [True, True], hosts[0].message
    assert not Place(hosts[0].root).output.exists()
