"""A report as one HTML page that needs nothing beside it, in light and in dark."""

from __future__ import annotations

import json

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def render(package: str, template: str, **values: object) -> str:
    """Render a template of a package; it extends `base.html.jinja`, which has the page's looks."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "."), PackageLoader("tandem.report", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["as_given"] = format_value
    return environment.get_template(template).render(values)


def format_value(value: object) -> str:
    """Write a hyperparameter's value as a job gives it: `true`, `a,b`, or JSON."""
    if isinstance(value, list | tuple) and not any(
        isinstance(v, list | tuple | dict) for v in value
    ):
        return ",".join(map(format_value, value))
    if isinstance(value, bool | list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
