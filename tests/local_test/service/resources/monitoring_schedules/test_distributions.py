"""The distributions of features in a baseline and in an execution, drawn over each other."""

from __future__ import annotations

from typing import Any

from local_test.service.resources.monitoring_schedules.distributions import (
    HEIGHT,
    WIDTH,
    draw_features,
)


def number(name: str, *buckets: tuple[float, float, float], missing: int = 0) -> dict[str, Any]:
    kll = [{"lower_bound": low, "upper_bound": up, "count": n} for low, up, n in buckets]
    common = {"num_present": int(sum(n for *_, n in buckets)), "num_missing": missing}
    return {
        "name": name,
        "numerical_statistics": {"common": common, "distribution": {"kll": {"buckets": kll}}},
    }


def words(name: str, **counts: int) -> dict[str, Any]:
    buckets = [{"value": value, "count": count} for value, count in counts.items()]
    common = {"num_present": sum(counts.values()), "num_missing": 0}
    categorical = {"distribution": {"categorical": {"buckets": buckets}}}
    return {"name": name, "string_statistics": {"common": common, **categorical}}


def read_points(path: str) -> list[tuple[float, float]]:
    texts = path.replace("M", "").replace("L", "").replace("Z", "").split()
    return [(float(x), float(y)) for x, y in (text.split(",") for text in texts)]


def test_numbers_share_one_axis_and_areas_are_shares() -> None:
    before = {"features": [number("rooms", (0, 5, 10), (5, 10, 10))]}
    after = {"features": [number("rooms", (10, 20, 400), missing=100)]}
    [picture] = draw_features(before, after)
    assert picture.bounds == ("0", "20")
    assert picture.missing == ("0 % missing", "20 % missing")
    old, new = read_points(picture.baseline), read_points(picture.current)
    assert [x for x, _ in old] == [0, 0, WIDTH / 4, WIDTH / 4, WIDTH / 2, WIDTH / 2]
    assert [x for x, _ in new] == [WIDTH / 2, WIDTH / 2, WIDTH, WIDTH]
    # Both have their values evenly in ten units: equal heights, however many there are.
    assert {y for _, y in old} == {y for _, y in new}
    assert max(y for _, y in old) == HEIGHT
    assert picture.rows == [
        ("baseline", "0", "5", "50 %"),
        ("baseline", "5", "10", "50 %"),
        ("now", "10", "20", "100 %"),
    ]


def test_one_value_and_one_side_are_drawn() -> None:
    [picture] = draw_features(None, {"features": [number("rooms", (3, 3, 7))]})
    assert (picture.baseline, picture.bounds) == ("", ("3", "3"))
    assert read_points(picture.current)


def test_values_are_compared_by_their_shares_most_frequent_first() -> None:
    before = {"features": [words("city", Rome=3, Oslo=1)]}
    after = {"features": [words("city", Oslo=9, Bern=1), words("added", yes=1)]}
    city, added = draw_features(before, after)
    assert [(one.value, one.baseline, one.current) for one in city.shares] == [
        ("Oslo", 25.0, 90.0),
        ("Rome", 75.0, 0.0),
        ("Bern", 0.0, 10.0),
    ]
    assert added.missing == ("", "0 % missing")
    assert draw_features(None, None) == []


def test_a_side_without_a_distribution_is_explained() -> None:
    kinds = [{"inferred_type": "Fractional"}, {"inferred_type": "String"}]
    many = {"name": "day", "string_statistics": {"common": {"num_present": 9, "num_missing": 0}}}
    before = {
        "features": [number("cars", (0, 3, 9)) | kinds[0], many | kinds[1], words("gone", a=1)]
    }
    after = {
        "features": [words("cars", NA=1) | kinds[1], many | kinds[1], number("new", (0, 1, 2))]
    }
    notes = {one.feature: one.note for one in draw_features(before, after)}
    assert notes == {
        "cars": "Fractional in the baseline, String now: not comparable",
        "day": "String of too many different values: no distribution is kept",
        "gone": "only in the baseline",
        "new": "only in the data of the execution",
    }
    same = {"features": [number("cars", (0, 3, 9)), words("city", Oslo=1)]}
    assert [one.note for one in draw_features(same, same)] == ["", ""]
