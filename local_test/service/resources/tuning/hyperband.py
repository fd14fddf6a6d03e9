"""The resources of Hyperband: how many values of the objective a training job may report.

Source: API, HyperbandStrategyConfig: a job that reaches `MaxResource` is stopped, and none is
stopped before `MinResource`; without `MaxResource` it is read from a static hyperparameter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid

_KEYS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
_LARGEST = 20_000


@dataclass(frozen=True)
class Resources:
    """The least and the most values of the objective (epochs, rounds) of a training job."""

    least: int
    most: int


def read_resources(config: Mapping[str, Any], static: Mapping[str, str]) -> Resources | None:
    """Return the resources of a tuning job's configuration, None for other strategies.

    `static` are the definition's static hyperparameters. Raises ApiError when they are invalid.
    """
    given = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    if config["Strategy"] != "Hyperband":
        if given:
            raise invalid("HyperbandStrategyConfig is for the strategy Hyperband.")
        return None
    if config.get("TrainingJobEarlyStoppingType", "Off") == "Auto":
        raise invalid("Hyperband stops jobs itself: set TrainingJobEarlyStoppingType to Off.")
    least, most = given.get("MinResource", 1), given.get("MaxResource") or _infer_most(static)
    if most is None:
        raise invalid(
            "MaxResource is missing: give HyperbandStrategyConfig.MaxResource, or one of the "
            f"static hyperparameters {', '.join(_KEYS)}."
        )
    if not least <= most <= _LARGEST:
        raise invalid(
            f"MinResource {least} and MaxResource {most} must be in order and at most {_LARGEST}."
        )
    return Resources(least, most)


def _infer_most(static: Mapping[str, str]) -> int | None:
    texts = [static[key] for key in _KEYS if static.get(key, "").isdecimal()]
    return int(texts[0]) if texts else None
