"""axe-core for tests that check pages and reports in a browser."""

from __future__ import annotations

from pathlib import Path

from scripts.accessibility.axe import find_severe, install_axe
from scripts.checkout.shell import Failure
from tests.browsing import Browser, open_browser
from tests.conftest import absent

_WIDTHS = (1100, 390)
_OVERFLOWING = """Array.from(document.querySelectorAll("body, section"))
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText.slice(0, 40))"""

# Black is the color of a shape that no style names, and cannot be seen on a dark page.
_UNSTYLED = """Array.from(document.querySelectorAll("svg path, svg rect, svg circle, svg polyline"))
    .filter(one => getComputedStyle(one).fill == "rgb(0, 0, 0)")
    .filter(one => getComputedStyle(one).stroke == "none").map(one => one.outerHTML.slice(0, 60))"""


def prepare_axe() -> str:
    """Return the script of axe-core; the test is skipped without npm, and fails where required."""
    try:
        return install_axe()
    except Failure as error:
        absent(str(error))


def resize(tab: Browser, width: int) -> None:
    """Give a tab a width in pixels; a narrow one is that of a phone."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    tab.call("Emulation.setDeviceMetricsOverride", **size)


def check_report(report: Path, profile: Path) -> None:
    """Assert that a report has no serious finding, and fits into 390 pixels.

    All shapes of its charts have a color of their own, which axe-core does not look at.
    """
    script = prepare_axe()
    with open_browser(profile) as tab:
        for width in _WIDTHS:
            resize(tab, width)
            tab.open(report.as_uri())
            found = find_severe(tab, script)
            assert not found, found
        assert tab.run(_OVERFLOWING) == []
        assert tab.run(_UNSTYLED) == []
