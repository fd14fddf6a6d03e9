"""What a job's channels say of weights, queries and labels is used, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from booster.data.job_channels import read_channels
from booster.report import figures
from booster.training import train
from tandem.contract.training_job import Job
from tandem.data.arrays import Float64Array
from tandem.errors import BadData, UserError
from tests.booster.data.test_query_groups import job as ranking
from tests.booster.data.test_query_groups import lines
from tests.booster.training_jobs import prepare_job


def sided(root: Path, word: str) -> Job:
    """Write a job of two LIBSVM channels, of which only training has weights or queries."""
    job = prepare_job(root, "binary", {"objective": "binary:logistic", "_kfold": "3"})
    label = {"weights": "1:2", "queries": "1 qid:3"}[word]
    for name, first in (("train", label), ("validation", "1")):
        rows = [f"{first} 0:{row} 1:1\n" for row in range(9)]
        (job.channels[name].path / "data.csv").write_text("".join(rows))
    channels = {n: replace(c, content_type="text/libsvm") for n, c in job.channels.items()}
    return replace(job, channels=channels)


@pytest.mark.parametrize("word", ["weights", "queries"])
def test_folds_refuse_channels_that_are_not_alike(word: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        train(sided(tmp_path, word))
    assert str(caught.value).startswith(
        f"channel 'train' has {word} and channel 'validation' has none, and hyperparameter"
        f" '_kfold' puts their rows together. Give both {word}, or neither."
    )


def test_a_ranking_needs_queries_or_a_switch(tmp_path: Path) -> None:
    texts = {"objective": "rank:ndcg"}
    with pytest.raises(UserError, match="ranks the rows of a query, and channel 'train' has no"):
        train(prepare_job(tmp_path / "a", "count", texts))
    switched = prepare_job(tmp_path / "b", "count", {**texts, "single_query": "true"})
    train(switched)
    assert (switched.model_dir / "xgboost-model").is_file()


@pytest.mark.parametrize("metric", ["auc", "aucpr"])
def test_a_mean_over_queries_does_not_become_one_over_rows(metric: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"metric '{metric}' weighs queries, and the weights of"):
        train(ranking(tmp_path, [lines()], "binary:logistic", eval_metric=metric))


@pytest.mark.parametrize("size", ["0", "5", "two"])
def test_another_number_of_labels_is_refused(size: str, tmp_path: Path) -> None:
    job = prepare_job(tmp_path, "number", {})
    text = f"text/csv; label_size={size}"
    channels = {n: replace(c, content_type=text) for n, c in job.channels.items()}
    with pytest.raises(
        UserError, match=f"channel 'train': its content type says label_size={size}"
    ):
        train(replace(job, channels=channels))


def test_one_label_may_be_said(tmp_path: Path) -> None:
    job = prepare_job(tmp_path, "number", {})
    channels = {
        n: replace(c, content_type="text/csv; label_size=1") for n, c in job.channels.items()
    }
    train(replace(job, channels=channels))
    assert (job.model_dir / "xgboost-model").is_file()


def test_a_report_looks_at_the_features_the_model_uses_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    ranks = figures._rank_values

    def counted(values: NDArray[np.float32]) -> Float64Array:
        looked_at.append(len(values))
        return ranks(values)

    monkeypatch.setattr(figures, "_rank_values", counted)
    job = prepare_job(tmp_path, "binary", {"objective": "binary:logistic", "num_round": "2"})
    for channel in job.channels.values():
        rows = [f"{row % 2} 0:{row % 2} {row % 7 + 9}:1 20000:1\n" for row in range(40)]
        (channel.path / "data.csv").write_text("".join(rows))
    channels = {n: replace(c, content_type="text/libsvm") for n, c in job.channels.items()}
    train(replace(job, channels=channels))
    assert 0 < len(looked_at) < 10
    assert (job.paths.output_data / "report.html").is_file()


@pytest.mark.parametrize("body", ["", "label,a,b,c,d,e,f\n"])
def test_a_host_whose_files_hold_no_row_is_one_without_rows(body: str, tmp_path: Path) -> None:
    job = prepare_job(tmp_path, "number", {})
    hosts = replace(job, hosts=("algo-1", "algo-2"))
    (job.channels["validation"].path / "data.csv").write_text(body)
    sets = read_channels(hosts)
    assert [(name, len(held.label)) for name, held in sets.items()] == [
        ("train", 160),
        ("validation", 0),
    ]
    with pytest.raises(BadData, match=r"validation/data.csv: "):
        read_channels(job)
    (job.channels["train"].path / "data.csv").write_text(body)
    assert read_channels(hosts) == {}
