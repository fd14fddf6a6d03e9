"""Programs of the process engine find their container's folder under `/opt/ml`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from local_test.engines.process_engine.package_overlay import make_redirect

PROGRAM = "import os; print(open('/opt/ml/code/a').read(), os.listdir('/opt/ml'))"


def test_python_opens_the_folder_and_still_runs_the_images_own_site(tmp_path: Path) -> None:
    root, site = tmp_path / "root", tmp_path / "site"
    (root / "code").mkdir(parents=True)
    (root / "code" / "a").write_text("here")
    site.mkdir()
    (site / "sitecustomize.py").write_text("print('site of the image')")
    redirect = make_redirect(tmp_path / "redirect", root)
    searched = {"PYTHONPATH": os.pathsep.join([str(redirect), str(site)])}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=searched, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == ["site of the image", "here ['code']"]
    assert not ran.stderr
