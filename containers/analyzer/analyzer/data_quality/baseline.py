"""A baseline as it is read: `statistics.json` as distributions, `constraints.json` as features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analyzer.contract.json_files import find_file, read_json
from tandem.data.summaries.distribution import Distribution, build_distribution
from tandem.errors import BadData, Location


@dataclass(frozen=True)
class Baseline:
    """`constraints` is the whole file; the distributions are by name of the feature."""

    constraints: Mapping[str, Any]
    numbers: Mapping[str, Distribution] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def features(self) -> Mapping[str, Mapping[str, Any]]:
        """The constraints of each feature, in the order of the file."""
        return {feature["name"]: feature for feature in self.constraints["features"]}


def read_baseline(constraints: Path, statistics: Path | None) -> Baseline:
    """Read both files; without statistics nothing is compared.

    Raises UserError when a file is missing, BadData when it has another schema.
    """
    content = read_json(constraints)
    try:
        named = [feature["name"] for feature in content["features"]]
    except (KeyError, TypeError) as error:
        raise BadData(
            "has no list of features with names", where=Location(file=constraints.name)
        ) from error
    if len(set(named)) != len(named):
        raise BadData("names a feature twice", where=Location(file=constraints.name))
    if statistics is None:
        return Baseline(content)
    numbers, categories = {}, {}
    path = find_file(statistics)
    for feature in read_json(statistics).get("features", []):
        name = str(feature.get("name"))
        try:
            if feature.get("numerical_statistics"):
                numbers[name] = _read_numbers(feature["numerical_statistics"])
            elif feature.get("string_statistics"):
                categories[name] = _read_categories(feature["string_statistics"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadData(
                "has statistics of another schema", where=Location(file=path.name, column=name)
            ) from error
    return Baseline(
        content,
        {name: spread for name, spread in numbers.items() if len(spread)},
        {name: counts for name, counts in categories.items() if counts},
    )


def _read_numbers(statistics: Mapping[str, Any]) -> Distribution:
    """Return the distribution of a KLL sketch, whose list h has values of weight 2**h each.

    A sketch that was left out is replaced by the middles of the buckets.
    """
    kll = (statistics.get("distribution") or {}).get("kll") or {}
    levels = (kll.get("sketch") or {}).get("data") or []
    if any(levels):
        values = np.concatenate([np.asarray(level, dtype=np.float64) for level in levels])
        weights = [np.full(len(level), 1 << height) for height, level in enumerate(levels)]
        return build_distribution(values, np.concatenate(weights).astype(np.int64))
    buckets = kll.get("buckets") or []
    middles = [(each["lower_bound"] + each["upper_bound"]) / 2 for each in buckets]
    counts = [int(each["count"]) for each in buckets]
    kept = [index for index, count in enumerate(counts) if count]
    return build_distribution(
        np.array([middles[index] for index in kept], dtype=np.float64),
        np.array([counts[index] for index in kept], dtype=np.int64),
    )


def _read_categories(statistics: Mapping[str, Any]) -> dict[str, int]:
    categorical = (statistics.get("distribution") or {}).get("categorical") or {}
    return {str(each["value"]): int(each["count"]) for each in categorical.get("buckets") or []}
