"""What a command imports: its own modules, and a large package only where it is used."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys

def find():
    return [name for name in {names!r} if name in sys.modules]

from local_test.cli import main
try:
    main(["env", "--help"])
except SystemExit:
    of_env = find()
import local_test.service.http.server
print()
print(json.dumps([of_env, find()]))
"""


def test_large_packages_and_other_commands_wait_until_they_are_needed() -> None:
    of_others = ["local_test.commands.conform", "local_test.commands.samples"]
    names = ["docker", "optuna", "jsonschema", "moto", "flask", *of_others]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(names=names)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [[], ["moto", "flask"]]
