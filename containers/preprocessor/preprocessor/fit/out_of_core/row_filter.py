"""The rows that have a target, wherever the rows are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from preprocessor.fit.out_of_core.tasks import Engine, Parts, Task
from preprocessor.infer.missing_target import Rule


@dataclass(frozen=True)
class Choosing:
    """An engine that gives a task only the rows that have a target."""

    engine: Engine
    rule: Rule

    def reduced(self, task: Task, merge: Callable[[Any, Any], Any], *arguments: Any) -> Any:
        """Run a task as the engine does. Raises what it raises."""
        return self.engine.reduced(chosen, merge, task, self.rule, *arguments)


def chosen(parts: Parts, task: Task, rule: Rule, *arguments: Any) -> Any:
    """Run a task on the rows that have a target."""
    return task(rule.kept(parts), *arguments)
