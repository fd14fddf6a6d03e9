"""Metrics of the requests: none, lines of the log, or a page for Prometheus.

A form of metrics is one module here, one line below, and a value of the setting.
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
    """Return the metrics of a server, before its workers are forked; each worker has a slot."""
    return FORMS[settings.metrics](slots)


__all__ = ["FORMS", "OFF", "Metrics", "chosen"]
