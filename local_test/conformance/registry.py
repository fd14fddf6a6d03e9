"""All checks, in the order of their ids.

To add one, write a function in a module of `checks`; to add a group, write a module and put it in
`_GROUPS`.
"""

from types import ModuleType

from local_test.conformance.check import Check
from local_test.conformance.checks import (
    archive_code,
    batch,
    formats,
    health,
    hosts,
    image,
    job,
    labels,
    load,
    models,
    pipeline,
    request_handling,
    sigterm_and_resume,
    training_exit,
)

_GROUPS: tuple[tuple[str, tuple[ModuleType, ...]], ...] = (
    ("Image", (image,)),
    ("Training", (job, labels, training_exit, sigterm_and_resume, hosts)),
    ("Serving", (health, load, request_handling, archive_code, formats, batch)),
    ("A pipeline", (pipeline,)),
    ("Several models behind one container", (models,)),
)


def _collect_checks(modules: tuple[ModuleType, ...]) -> tuple[Check, ...]:
    values = [value for module in modules for value in vars(module).values()]
    checks = [value for value in values if isinstance(value, Check)]
    return tuple(sorted(checks, key=lambda check: check.id))


GROUPS: tuple[tuple[str, tuple[Check, ...]], ...] = tuple(
    (title, _collect_checks(modules)) for title, modules in _GROUPS
)
CHECKS: tuple[Check, ...] = tuple(
    sorted((check for _, checks in GROUPS for check in checks), key=lambda check: check.id)
)
