"""The development container has what CI installs, and its commands exist."""

from __future__ import annotations

import json
import re

from scripts.checkout.shell import ROOT

FOLDER = ROOT / ".devcontainer"
SETTINGS = json.loads((FOLDER / "devcontainer.json").read_text(encoding="utf-8"))


def test_it_has_the_packages_that_ci_installs() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    wanted = set(" ".join(re.findall(r"missing\+=\(([\w. -]+)\)", ci)).split())
    recipe = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"--no-install-recommends \\\n(.*?)\n    &&", recipe, re.DOTALL)
    installed = set(re.findall(r"[\w.-]+", listed))
    assert {"gcc", "npm"} < wanted
    # The feature brings the engine.
    assert wanted - installed == {"docker.io"}
    assert any("docker-in-docker" in feature for feature in SETTINGS["features"])


def test_its_commands_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in ("updateContentCommand", "postAttachCommand"):
        make, target = SETTINGS[name].split()
        assert make == "make"
        assert f"\n{target}: " in makefile
