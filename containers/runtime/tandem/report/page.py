"""A report as one HTML page that needs nothing beside it, in light and in dark."""

from __future__ import annotations

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
    return environment.get_template(template).render(values)
