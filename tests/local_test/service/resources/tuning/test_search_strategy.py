"""The search of a tuning job: scales, results of parents, Hyperband's resources, completion."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.tuning.completion import read_criteria
from local_test.service.resources.tuning.hyperband import Resources, read_resources
from local_test.service.resources.tuning.search_strategy import (
    HyperparameterSearch,
    SearchedParameter,
    list_parameters,
)


def search(strategy: str, ranges: dict[str, Any], **more: Any) -> HyperparameterSearch:
    options = {"maximize": False, "early": False, "seed": 0} | more
    return HyperparameterSearch(strategy, ranges, **options)


def spread(scale: str, least: str, most: str) -> list[float]:
    """Return the sorted values of 200 random trials in a continuous range."""
    one = {"Name": "x", "MinValue": least, "MaxValue": most, "ScalingType": scale}
    found = search("Random", {"ContinuousParameterRanges": [one]})
    values = [float(found.propose()[1]["x"]) for _ in range(200)]
    assert all(float(least) <= value <= float(most) for value in values)
    return sorted(values)


@pytest.mark.parametrize(
    ("scale", "least", "most", "middle"),
    [
        ("Linear", "0.0001", "1", 0.5),
        ("Logarithmic", "0.0001", "1", 0.01),
        ("Auto", "0.0001", "1", 0.01),
        ("Auto", "0.1", "1", 0.55),
        ("ReverseLogarithmic", "0", "0.9999", 0.99),
    ],
)
def test_half_of_the_values_are_on_each_side_of_the_middle_of_the_scale(
    scale: str, least: str, most: str, middle: float
) -> None:
    values = spread(scale, least, most)
    below = sum(value < middle for value in values) / len(values)
    assert 0.4 < below < 0.6


def list_all_kinds() -> list[SearchedParameter]:
    bounds = {"MinValue": "1", "MaxValue": "8"}
    return list_parameters(
        {
            "IntegerParameterRanges": [{"Name": "depth", **bounds}],
            "ContinuousParameterRanges": [
                {"Name": "rate", **bounds},
                {
                    "Name": "momentum",
                    "MinValue": "0.5",
                    "MaxValue": "0.99",
                    "ScalingType": "ReverseLogarithmic",
                },
            ],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
        }
    )


def test_texts_of_trials_are_read_back_and_those_out_of_range_are_not() -> None:
    depth, rate, momentum, kind = list_all_kinds()
    assert [depth.parse_value(text) for text in ("3", "9", "2.5", "x")] == [3, None, None, None]
    assert [rate.parse_value(text) for text in ("2.5", "0.5")] == [2.5, None]
    assert momentum.parse_value("0.9") == pytest.approx(0.1)
    assert momentum.format_value(0.25) == "0.75"
    assert [kind.parse_value(text) for text in ("b", "c")] == ["b", None]


def test_bayesian_search_begins_where_its_parents_were_good() -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "100"}]}
    found = search("Bayesian", ranges)
    learned = [found.add_result({"x": str(x), "more": "1"}, (x - 70) ** 2) for x in range(0, 99, 3)]
    assert all(learned)
    assert not found.add_result({"x": "101"}, 0.0)
    assert not found.add_result({"y": "70"}, 0.0)
    proposed = [float(found.propose()[1]["x"]) for _ in range(5)]
    assert sum(50 < x < 90 for x in proposed) >= 4


def test_hyperband_stops_the_worse_of_many_and_none_before_the_least_resource() -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
    found = search("Hyperband", ranges, resources=Resources(2, 18))
    stopped_at: dict[float, int] = {}
    for _ in range(60):
        trial, hyperparameters = found.propose()
        loss, spent = float(hyperparameters["x"]), 0
        while not found.has_used_up(trial):
            spent += 1
            found.report(trial, [loss] * spent)
            if found.is_hopeless(trial):
                break
        stopped_at[loss] = spent
        found.finish_trial(trial, loss, stopped=not found.has_used_up(trial))
    assert min(stopped_at.values()) >= 2
    assert max(stopped_at.values()) == 18
    assert sum(stopped_at.values()) < 0.7 * 60 * 18
    best = sorted(stopped_at)[:3]
    assert [stopped_at[loss] for loss in best] == [18, 18, 18]


@pytest.mark.parametrize(
    ("change", "static", "found"),
    [
        ({"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}}}, {}, Resources(1, 9)),
        ({}, {"num_epochs": "27"}, Resources(1, 27)),
        ({"Strategy": "Random"}, {}, None),
        ({}, {"num_epochs": "many"}, "MaxResource is missing"),
        ({"TrainingJobEarlyStoppingType": "Auto"}, {"epochs": "3"}, "set TrainingJobEarlyStopping"),
        (
            {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 3}}},
            {},
            "MinResource 9 and MaxResource 3 must be in order",
        ),
        (
            {
                "Strategy": "Random",
                "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}},
            },
            {},
            "HyperbandStrategyConfig is for the strategy Hyperband",
        ),
    ],
)
def test_resources_are_given_or_read_from_a_static_hyperparameter(
    change: dict[str, Any], static: dict[str, str], found: Resources | str | None
) -> None:
    config = {"Strategy": "Hyperband"} | change
    if isinstance(found, str):
        with pytest.raises(ApiError, match=found):
            read_resources(config, static)
    else:
        assert read_resources(config, static) == found


def count_jobs(criteria: dict[str, Any], values: list[float]) -> int:
    """Return how many of the values a search sees until it is complete."""
    found = read_criteria({"TuningJobCompletionCriteria": criteria}, operator.lt)
    for number, value in enumerate(values):
        if found.is_complete():
            return number
        found.add_value(value)
    return len(values)


def test_a_search_is_complete_by_its_criteria() -> None:
    values = [5.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, *([3.0] * 30)]
    assert count_jobs({}, values) == len(values)
    assert count_jobs({"TargetObjectiveMetricValue": 4.0}, values) == 2
    patience = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    assert count_jobs(patience, values) == 7
    converged = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
    assert count_jobs(converged, values) == 14
    falling = [1 / number for number in range(1, 40)]
    assert count_jobs(converged, falling) == len(falling)
