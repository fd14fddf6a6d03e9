"""Metrics as lines of the log, which CloudWatch Logs makes metrics of.

(CloudWatch User Guide, "Specification: Embedded metric format".)
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from tandem import logs

NAMESPACE = "Tandem"
# How often a worker writes such a line, in seconds.
EVERY = 60.0


def write(values: Mapping[str, Any], units: Mapping[str, str], **other: Any) -> None:
    """Log metrics: `values` by name, a number or a list of at most 100; `units` are theirs.

    What is `other` stands in the line beside them and is no metric.
    """
    described = {
        "Namespace": NAMESPACE,
        "Dimensions": [[]],
        "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
    }
    head = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [described]}
    logs.line(json.dumps({"_aws": head, **values, **other}))
