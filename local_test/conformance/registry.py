"""All checks, in the order of their ids.

To add one, write a function in a module of `checks`; to add a group, write a module and put it in
`_GROUPS`.
"""

from types import ModuleType

from local_test.conformance.check import Check
from local_test.conformance.checks import (
    batch,
    code,
    ending,
    formats,
    health,
    hosts,
    image,
    job,
    labels,
    load,
    models,
    pipeline,
    requests,
    stopping,
)

_GROUPS: tuple[tuple[str, tuple[ModuleType, ...]], ...] = (
    ("Image", (image,)),
    ("Training", (job, labels, ending, stopping, hosts)),
    ("Serving", (health, load, requests, code, formats, batch)),
    ("A pipeline", (pipeline,)),
    ("Several models behind one container", (models,)),
)


def _found(modules: tuple[ModuleType, ...]) -> tuple[Check, ...]:
    values = [value for module in modules for value in vars(module).values()]
    checks = [value for value in values if isinstance(value, Check)]
    return tuple(sorted(checks, key=lambda check: check.id))


GROUPS: tuple[tuple[str, tuple[Check, ...]], ...] = tuple(
    (title, _found(modules)) for title, modules in _GROUPS
)
CHECKS: tuple[Check, ...] = tuple(
    sorted((check for _, checks in GROUPS for check in checks), key=lambda check: check.id)
)
