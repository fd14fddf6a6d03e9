"""A report as one self-contained HTML page, with a light and a dark theme."""

from __future__ import annotations

import json

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def render(package: str, template: str, **values: object) -> str:
    """Render a template of a package, which extends `base.html.jinja`, as HTML."""
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
    """Format a hyperparameter's value as in a job: `true`, `a,b`, or JSON."""
    if isinstance(value, list | tuple) and not any(
        isinstance(v, list | tuple | dict) for v in value
    ):
        return ",".join(map(format_value, value))
    if isinstance(value, bool | list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
