"""What an operator learns of the requests: nothing, lines of the log, or a page to ask for.

A form is one file here, one line below, and its name in the setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tandem.contract.settings import Settings
from tandem.serving.metrics.base import OFF, Metrics
from tandem.serving.metrics.emf import EmfMetrics
from tandem.serving.metrics.prometheus import PrometheusMetrics

FORMS: Mapping[str, Callable[[int], Metrics]] = {
    "off": lambda _places: OFF,
    "emf": lambda _places: EmfMetrics(),
    "prometheus": PrometheusMetrics,
}


def make_metrics(settings: Settings, slots: int) -> Metrics:
    """Make the metrics of a server, before its workers are forked; each of them has a place."""
    return FORMS[settings.metrics](slots)


__all__ = ["FORMS", "OFF", "Metrics", "chosen"]
