"""axe-core for tests that check pages and reports in a browser."""

from __future__ import annotations

from pathlib import Path

from scripts.accessibility.axe import find_severe, install_axe
from scripts.checkout.shell import Failure
from tests.browsing import open_browser
from tests.conftest import absent

_WIDTHS = (1100, 390)
_OVERFLOWING = """Array.from(document.querySelectorAll("body, section"))
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText.slice(0, 40))"""


def prepare_axe() -> str:
    """Return the script of axe-core; the test is skipped without npm, and fails where required."""
    try:
        return install_axe()
    except Failure as error:
        absent(str(error))


def check_report(report: Path, profile: Path) -> None:
    """Assert that a report has no serious finding, and at 390 pixels nothing that overflows."""
    script = prepare_axe()
    with open_browser(profile) as tab:
        for width in _WIDTHS:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
            tab.call("Emulation.setDeviceMetricsOverride", **size)
            tab.open(report.as_uri())
            assert find_severe(tab, script) == []
        assert tab.run(_OVERFLOWING) == []
