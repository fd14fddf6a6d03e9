"""Matrices in files: the same model, and no file left behind."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from booster.algorithm import ALGORITHM
from booster.data import features, temp_files
from booster.data.dataset import Dataset
from booster.data.features import InMemoryFeatures
from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import resolve_config
from booster.rounds import memory_estimate, training_matrices
from booster.rounds.boosting import Boosting
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.settings import MEGABYTE
from tandem.errors import Stopped, UserError
from tests.booster.hosts import build_cluster, run_hosts
from tests.booster.model.test_category_codes import frame
from tests.booster.model.test_feature_names import PARQUET, job, written
from tests.booster.training_jobs import prepare_job, train_job

LEFT = "tandem-matrices-*"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give a folder for temporary files, and see that nothing stays in it."""
    found = tmp_path / "scratch"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    monkeypatch.setattr(temp_files, "MOUNTS", tmp_path / "none")  # here tests may run on a tmpfs
    monkeypatch.setattr(features, "BATCH_CELLS", 25 * 6)  # seven batches for training
    yield found
    assert list(found.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", {"early_stopping_rounds": "2", "subsample": "0.5"}),
        ("number", {"booster": "dart", "rate_drop": "0.5", "max_bin": "300"}),
        ("class", {"objective": "multi:softprob", "num_class": "3"}),
        (
            "class",
            {
                "objective": "multi:softprob",
                "num_class": "3",
                "multi_strategy": "multi_output_tree",
            },
        ),
        ("time", {"objective": "survival:aft"}),
        ("binary", {"objective": "binary:logistic", "grow_policy": "lossguide"}),
        ("binary", {"objective": "binary:logistic", "eval_metric": "f1", "_kfold": "2"}),
    ],
)
def test_the_model_is_that_of_matrices_in_memory(
    tmp_path: Path, folder: Path, kind: str, given: dict[str, str]
) -> None:
    models = []
    for choice in ("true", "false"):
        job = prepare_job(tmp_path / choice, kind, {"external_memory": choice, **given})
        train(job)
        models.append([path.read_bytes() for path in sorted(job.model_dir.iterdir())])
    assert models[0] == models[1]
    assert list(folder.glob(LEFT)) == []


def test_a_stop_leaves_no_file(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare_job(tmp_path / "job", "number", {"external_memory": "true", "num_round": "50"})
    seen: list[int] = []
    update = Boosting._update

    def watched(self: Boosting, *arguments: object) -> None:
        seen.append(sum(path.stat().st_size for path in folder.glob(LEFT + "/*")))
        job.stop.requested = len(seen) == 3
        update(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Boosting, "_update", watched)
    with pytest.raises(Stopped, match="the model of 3 rounds is kept"):
        train(job)
    assert min(seen) > 240 * 6
    assert list(folder.glob(LEFT)) == []


@pytest.mark.parametrize(
    "given", [{"tree_method": "exact"}, {"tree_method": "approx"}, {"booster": "gblinear"}]
)
def test_what_needs_numbers_and_no_bins_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(UserError, match="'external_memory' is true, and this training needs"):
        train_job(tmp_path / "job", "number", {"external_memory": "true", **given})


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(UserError, match=r"needs 1 MB in .*scratch, and 0 MB are free"):
        train_job(tmp_path / "job", "number", {"external_memory": "true"})


MOUNTED = """\
22 1 0:21 / / rw,relatime shared:1 - overlay overlay rw
23 22 0:22 / {folder} rw,nosuid - {kind} none rw,size=65536k
24 22 0:23 / {folder}/disk rw master:1 shared:2 - ext4 /dev/disk rw
"""


@pytest.mark.parametrize(
    ("kind", "usual", "goes"),
    [("tmpfs", "", "other"), ("tmpfs", "/disk", "disk"), ("ext4", "", ""), ("ramfs", "", "other")],
)
def test_files_go_where_they_are_not_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, usual: str, goes: str
) -> None:
    fast = tmp_path / "a blank"
    (fast / "disk").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTED.format(folder=str(fast).replace(" ", "\\040"), kind=kind))
    monkeypatch.setattr(temp_files, "MOUNTS", mounts)
    monkeypatch.setattr(temp_files, "FALLBACK_FOLDER", tmp_path / "other")
    monkeypatch.setattr(tempfile, "tempdir", f"{fast}{usual}")
    expected = {"other": tmp_path / "other", "disk": fast / "disk", "": fast}
    assert temp_files.choose_folder() == expected[goes]


def test_files_that_are_memory_all_the_same_are_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTED.format(folder=folder, kind="tmpfs"))
    monkeypatch.setattr(temp_files, "MOUNTS", mounts)
    monkeypatch.setattr(temp_files, "FALLBACK_FOLDER", tmp_path / "there is none")
    train_job(tmp_path / "job", "number", {"external_memory": "true"})
    assert f"{folder} is a tmpfs, and files there are memory: set TMPDIR" in caplog.text


def test_little_memory_is_told_and_files_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(memory_estimate, "memory_limit", lambda: 7 * MEGABYTE)
    with caplog.at_level(logging.INFO):
        train_job(tmp_path / "job", "number", {})
    assert "240 rows x 6 features: estimated peak memory " in caplog.text
    assert "MB (7 MB available)" in caplog.text
    assert f"training out of core: up to 1 MB in {tempfile.gettempdir()}" in caplog.text


def test_threads_that_wait_sleep_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setattr(
        "booster.training.train", lambda _: seen.append(os.environ.get("OMP_WAIT_POLICY"))
    )
    job = prepare_job(tmp_path / "job", "number", {})
    assert ALGORITHM.train is not None
    for given in ("", "ACTIVE"):
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
        if not given:
            monkeypatch.delenv("OMP_WAIT_POLICY")
        ALGORITHM.train(job)
    assert seen == ["PASSIVE", "ACTIVE"]


@pytest.mark.parametrize(
    ("rows", "gaps", "given", "megabytes"),
    [
        # Measured in an image: peak resident set less what was resident before.
        (500_000, 0.0, {}, 90),
        (500_000, 0.02, {}, 121),
        (100_000, 0.0, {"width": "300"}, 355),
        (100_000, 0.0, {"width": "300", "external_memory": "true"}, 356),
        (500_000, 0.1, {"external_memory": "true"}, 90),
        # Features of which most rows have none: bins and sketches are of those values alone.
        (100, 0.999994, {"width": "1000000"}, 720),
    ],
)
def test_the_estimate_is_near_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, rows: int, gaps: float, given: dict[str, str], megabytes: int
) -> None:
    monkeypatch.setattr(features, "BATCH_CELLS", 2 * MEGABYTE)
    monkeypatch.setattr(memory_estimate, "read_resident_memory", lambda: 0)
    width = int(given.get("width", "30"))
    values = np.broadcast_to(np.zeros(1, np.float32), (rows, width))
    monkeypatch.setattr(Dataset, "count_missing", lambda _: int(gaps * rows * width))
    dataset = Dataset(InMemoryFeatures(values), np.zeros(rows, np.float32), None)
    chosen = {"num_round": "3", **{k: v for k, v in given.items() if k != "width"}}
    plan = resolve_config(resolve_hyperparameters(SCHEMA, chosen), None, width)
    found = memory_estimate.estimate_memory({"train": dataset}, plan)
    told = found.out_of_core if plan.external else found.in_memory
    assert 0.9 <= told / (megabytes * MEGABYTE) <= 1.4


@pytest.mark.parametrize("objective", ["rank:ndcg", "rank:pairwise"])
def test_queries_rank_the_same_in_files(tmp_path: Path, objective: str) -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(240, 6)).astype(np.float32)
    label = generator.integers(0, 4, 240).astype(np.float32)
    queries = np.sort(generator.integers(0, 20, 240)).astype(np.float32)
    dataset = Dataset(InMemoryFeatures(values), label, None, queries)
    plan = resolve_config(
        resolve_hyperparameters(SCHEMA, {"num_round": "5", "objective": objective}), None, 6
    )
    models = []
    for folder in (None, tmp_path):
        made = training_matrices.build_matrices({"train": dataset}, plan, folder)
        boosting = Boosting(plan, made)
        boosting.run(lambda _: False)
        models.append(bytes(boosting.booster.save_raw("ubj")))
        made.clear()
    assert models[0] == models[1]


@pytest.mark.parametrize(
    "given", [{}, {"max_cat_to_onehot": "10"}, {"max_cat_to_onehot": "1", "max_cat_threshold": "2"}]
)
def test_categories_split_the_same_in_files(tmp_path: Path, given: dict[str, str]) -> None:
    models = []
    for choice in ("true", "false"):
        asked = {"enable_categorical": "true", "external_memory": choice, "nthread": "2", **given}
        files = [written(frame(), PARQUET)]
        done = job(tmp_path / choice, {"train": files, "validation": files}, PARQUET, asked)
        train(done)
        models.append(booster_io.load(done.model_dir))
    assert models[0].feature_types == ["q", "c", "c"]
    assert models[0].save_raw("json") == models[1].save_raw("json")


IN_RUNS = """
import sys
from booster.data import features
features.BATCH_CELLS = 50 * 4
from booster.__main__ import main
raise SystemExit(main())
"""


def test_hosts_train_the_same_in_files(tmp_path: Path) -> None:
    models = []
    for choice in ("true", "false"):
        hosts = build_cluster(tmp_path / choice, 2, num_round="6", external_memory=choice)
        for host, rows in zip(hosts, (slice(0, 200), slice(200, 600)), strict=True):
            host.program = [sys.executable, "-c", IN_RUNS, "train"]
            host.write_rows(rows)
            host.write_rows(slice(0, 120), "validation")
        assert run_hosts(hosts) == [0, 0], hosts[0].log + hosts[1].log
        told = ["INFO training out of core: " in host.log for host in hosts]
        assert told == [choice == "true"] * 2
        models.append((hosts[0].root / "model" / "xgboost-model").read_bytes())
    assert models[0] == models[1]


def test_where_one_host_needs_files_all_use_them(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 2, num_round="2")
    short = IN_RUNS.replace(
        "from booster.__main__",
        "from booster.rounds import memory_estimate as m; m.memory_limit = lambda: 2**20\n"
        "from booster.__main__",
    )
    for host, program, rows in zip(hosts, (IN_RUNS, short), (300, 600), strict=True):
        host.program = [sys.executable, "-c", program, "train"]
        host.write_rows(slice(rows - 300, rows))
    assert run_hosts(hosts) == [0, 0], hosts[0].log + hosts[1].log
    assert ["INFO training out of core: " in host.log for host in hosts] == [True, True]
