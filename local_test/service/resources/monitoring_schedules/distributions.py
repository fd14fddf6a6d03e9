"""The distribution of a feature in the baseline and in the last execution, laid over each other.

Source: Developer Guide, 'Schema for Statistics (statistics.json file)'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

WIDTH, HEIGHT = 320, 90
_EDGE = 4
_MAX_VALUES = 8

Buckets = Sequence[tuple[float, float, float]]
"""Lower bound, upper bound and count of each bucket."""


@dataclass(frozen=True)
class Share:
    """A value of a categorical feature, and its share in the baseline and now, in percent."""

    value: str
    baseline: float
    current: float


@dataclass(frozen=True)
class Picture:
    """The drawing of one feature: outlines of a numeric one, shares of a categorical one.

    Outlines are paths of SVG, "" where there are no values; the bounds are those of the x axis.
    `rows` say the outlines in words: side, from, to and share of each bucket.
    `note` says why a side has no distribution, "" where both have one.
    """

    feature: str
    baseline: str = ""
    current: str = ""
    bounds: tuple[str, str] = ("", "")
    shares: tuple[Share, ...] = ()
    missing: tuple[str, str] = ("", "")
    note: str = ""
    rows: Sequence[tuple[str, str, str, str]] = ()


def draw_features(
    baseline: Mapping[str, Any] | None, current: Mapping[str, Any] | None
) -> list[Picture]:
    """Return the pictures of all features that either of two `statistics.json` has, in order."""
    before, after = _index_features(baseline), _index_features(current)
    names = dict.fromkeys((*before, *after))
    return [_draw_feature(name, before.get(name, {}), after.get(name, {})) for name in names]


def _index_features(statistics: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {one["name"]: one for one in (statistics or {}).get("features", ())}


def _draw_feature(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Picture:
    missing = (_describe_missing(before), _describe_missing(after))
    old, new = _read_buckets(before), _read_buckets(after)
    if old or new:
        picture = _draw_outlines(name, old, new, missing)
    else:
        picture = Picture(name, shares=_compare_values(before, after), missing=missing)
    return replace(picture, note=_explain_gap(before, after))


def _explain_gap(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return why the two sides are not drawn over each other, "" where they are."""
    if not before or not after:
        return "only in the data of the execution" if after else "only in the baseline"
    kinds = [str(one.get("inferred_type", "Unknown")) for one in (before, after)]
    numeric = [bool(_read_buckets(one)) for one in (before, after)]
    if numeric[0] != numeric[1]:
        return f"{kinds[0]} in the baseline, {kinds[1]} now: not comparable"
    if not any(numeric) and not _compare_values(before, after):
        return f"{kinds[1]} of too many different values: no distribution is kept"
    return ""


def _draw_outlines(name: str, old: Buckets, new: Buckets, missing: tuple[str, str]) -> Picture:
    both = [*old, *new]
    least, most = min(lower for lower, *_ in both), max(upper for _, upper, _ in both)
    narrowest = (most - least) / 1000 or 1.0
    densities = [_read_densities(buckets, narrowest) for buckets in (old, new)]
    highest = max((value for one in densities for *_, value in one), default=0.0) or 1.0
    across = WIDTH / ((most - least) or 1.0)

    def outline(steps: Buckets) -> str:
        if not steps:
            return ""
        points = [
            f"{(x - least) * across:.1f},{HEIGHT - (HEIGHT - _EDGE) * value / highest:.1f}"
            for lower, upper, value in steps
            for x in (lower, upper)
        ]
        first, last = points[0].partition(",")[0], points[-1].partition(",")[0]
        return f"M{first},{HEIGHT} L{' '.join(points)} L{last},{HEIGHT} Z"

    bounds = (f"{least:.6g}", f"{most:.6g}")
    rows = [*_describe_buckets("baseline", old), *_describe_buckets("now", new)]
    return Picture(
        name, outline(densities[0]), outline(densities[1]), bounds, missing=missing, rows=rows
    )


def _describe_buckets(side: str, buckets: Buckets) -> list[tuple[str, str, str, str]]:
    total = sum(count for *_, count in buckets) or 1.0
    return [
        (side, f"{lower:.6g}", f"{upper:.6g}", f"{100 * count / total:.3g} %")
        for lower, upper, count in buckets
    ]


def _read_buckets(feature: Mapping[str, Any]) -> Buckets:
    numbers = feature.get("numerical_statistics") or {}
    kll = (numbers.get("distribution") or {}).get("kll") or {}
    return [
        (float(one["lower_bound"]), float(one["upper_bound"]), float(one["count"]))
        for one in kll.get("buckets") or ()
    ]


def _read_densities(buckets: Buckets, narrowest: float) -> Buckets:
    """Return buckets with the share of their values per unit of width instead of the count."""
    total = sum(count for *_, count in buckets) or 1.0
    return [
        (lower, upper, count / total / max(upper - lower, narrowest))
        for lower, upper, count in buckets
    ]


def _compare_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Share, ...]:
    """Return the most frequent values of either side."""
    old, new = _read_shares(before), _read_shares(after)
    values = sorted({*old, *new}, key=lambda value: -max(old.get(value, 0), new.get(value, 0)))
    return tuple(
        Share(value, old.get(value, 0.0), new.get(value, 0.0)) for value in values[:_MAX_VALUES]
    )


def _read_shares(feature: Mapping[str, Any]) -> dict[str, float]:
    texts = feature.get("string_statistics") or {}
    categorical = (texts.get("distribution") or {}).get("categorical") or {}
    counts = {str(one["value"]): float(one["count"]) for one in categorical.get("buckets") or ()}
    total = sum(counts.values()) or 1.0
    return {value: 100 * count / total for value, count in counts.items()}


def _describe_missing(feature: Mapping[str, Any]) -> str:
    """Return the share of missing values as text, "" for a feature that is not there."""
    for field in ("numerical_statistics", "string_statistics"):
        common = (feature.get(field) or {}).get("common")
        if common:
            present, missing = float(common["num_present"]), float(common["num_missing"])
            return f"{100 * missing / ((present + missing) or 1.0):.3g} % missing"
    return ""
