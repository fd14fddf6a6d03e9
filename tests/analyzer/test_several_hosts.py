"""Several hosts analyze one data set: the first one writes the very bytes that one host writes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import hosts as several
from tests.analyzer.jobs import CSV, INPUT, Place, make_table, to_csv
from tests.hosts import run_hosts

SHARDED, REPLICATED = "ShardedByS3Key", "FullyReplicated"


class Host(several.Host):
    """One host of a job of the analyzer; `asked` are variables, and how its data is dealt out."""

    image = "analyzer"

    def start(self) -> None:
        variables = dict(self.asked)
        source = {"LocalPath": f"{INPUT}/data"}
        source["S3DataDistributionType"] = variables.pop("distribution", REPLICATED)
        config = self.root / "config"
        config.mkdir()
        for name, content in (
            ("resourceconfig", {"current_host": self.name, "hosts": self.hosts}),
            ("processingjobconfig", {"ProcessingInputs": [{"S3Input": source}]}),
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
    root: Path, place: Place, count: int, distribution: str, variables: dict[str, str]
) -> list[Host]:
    """Return hosts with the files of a place, as the platform deals them out."""
    asked = {"dataset_source": f"{INPUT}/data", "output_path": "/opt/ml/processing/output"}
    asked |= {"dataset_format": CSV, "distribution": distribution, **variables}
    hosts = several.build_cluster(Host, root, count, asked)
    source = place.root / "processing/input/data"
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for index, host in enumerate(hosts):
        for path in files[index::count] if distribution == SHARDED else files:
            name = str(path.relative_to(source))
            Place(host.root).write(name, path.read_text())
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


def test_a_damaged_file_of_another_host_ends_the_job_on_both(tmp_path: Path) -> None:
    alone = Place(tmp_path / "alone")
    alone.write("0.csv", "age,size\n1,2\n")
    alone.write("1.csv", "age,size\n1,2,3\n")
    hosts = make_hosts(tmp_path, alone, 2, SHARDED, {})
    assert run_hosts(hosts) == [1, 1]
    sentence = f"1.csv on {hosts[1].name}: is no CSV table of one width in UTF-8"
    assert [sentence in host.message for host in hosts] == [True, True], hosts[0].message
    assert not Place(hosts[0].root).output.exists()
