"""An engine that skips rows without a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from preprocessor.fit.out_of_core.tasks import Engine, Parts, Task
from preprocessor.infer.missing_target import MissingTargetRule


@dataclass(frozen=True)
class FilteringEngine:
    """An engine whose tasks get only the rows that have a target by `rule`."""

    engine: Engine
    rule: MissingTargetRule

    def map_reduce(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run a task as `engine` does, and raise what it raises."""
        return self.engine.map_reduce(run_filtered, merge, task, self.rule, *arguments)


def run_filtered(parts: Parts, task: Task, rule: MissingTargetRule, *arguments: Any) -> Any:
    """Run a task on the rows that have a target."""
    return task(rule.filter_records(parts), *arguments)
