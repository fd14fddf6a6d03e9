"""moto's list of all instances of its models, for a page that is not served: left empty.

moto adds each object, metric and log event and removes none, so that what is deleted or replaced
stays in memory, bodies of S3 objects with it.
"""

from typing import Any

from moto.core.common_models import BaseModel


def stop_tracking() -> None:
    """Make instances of moto's models from now on without adding them to the list."""
    BaseModel.__new__ = staticmethod(_make_instance)  # type: ignore[method-assign,assignment]


def _make_instance(model: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
    return object.__new__(model)
