"""Install axe-core below `build/` by the lock, and run it on a page in a browser.

Source: axe-core's `doc/API.md` (`axe.run`, impacts of violations).
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.checkout.browser import Browser
from scripts.checkout.shell import Failure

FOLDER = Path(__file__).parent
_BUILD = Path(__file__).parents[2] / "build" / "accessibility"
_SCRIPT = _BUILD / "node_modules" / "axe-core" / "axe.min.js"
_INPUTS = ("package.json", "package-lock.json")
_SEVERE = ("serious", "critical")
# The dark theme differs in colours alone.
_THEMES = {"light": "{}", "dark": '{runOnly: ["color-contrast"]}'}
_RUN = """axe.run(document, {...OPTIONS, resultTypes: ["violations"]}).then(found => JSON.stringify(
    found.violations.map(one => [one.id, one.impact, one.nodes.map(node => node.target.join(" "))])
))"""


@dataclass(frozen=True)
class Finding:
    """A rule that a page breaks in a theme, how bad that is, and CSS selectors of the places."""

    theme: str
    rule: str
    impact: str
    places: Sequence[str]


def install_axe() -> str:
    """Return the script of axe-core, installed by npm unless the lock's version is there.

    Raises Failure when npm is missing, and CalledProcessError when it does not install.
    """
    if not _is_current():
        if shutil.which("npm") is None:
            raise Failure("npm is missing: axe-core cannot be installed. Install npm.")
        _BUILD.mkdir(parents=True, exist_ok=True)
        for name in _INPUTS:
            shutil.copy(FOLDER / name, _BUILD)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=_BUILD, check=True)
    return _SCRIPT.read_text(encoding="utf-8")


def _is_current() -> bool:
    package = _SCRIPT.with_name("package.json")
    if not package.is_file() or not _SCRIPT.is_file():
        return False
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    wanted = lock["packages"]["node_modules/axe-core"]["version"]
    return bool(json.loads(package.read_text(encoding="utf-8"))["version"] == wanted)


def find_severe(tab: Browser, script: str) -> list[Finding]:
    """Return the serious and critical findings of the page that a tab shows, in both themes."""
    tab.run(f"{script}; null")
    found = []
    for theme, options in _THEMES.items():
        media = [{"name": "prefers-color-scheme", "value": theme}]
        tab.call("Emulation.setEmulatedMedia", features=media)
        for rule, impact, places in json.loads(tab.run(_RUN.replace("OPTIONS", options))):
            if impact in _SEVERE:
                found.append(Finding(theme, rule, impact, places))
    return found
