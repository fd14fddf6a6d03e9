"""A script that is a client of an example's local SageMaker: what it is told, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.service import ServiceClient

CLIENT = """
import os, sys
print("asks", os.environ["AWS_ENDPOINT_URL"], *sys.argv[1:])
sys.exit(sys.argv[1] == "wrong" and "no such role")
"""


def test_a_script_knows_the_address_and_its_failure_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    script = tmp_path / "client.py"
    script.write_text(CLIENT)
    local = ServiceClient("http://127.0.0.1:1", tmp_path)
    assert "AWS_PROFILE" not in local.environment
    local.run(script, "right")
    assert "  asks http://127.0.0.1:1 right\n  done in " in capsys.readouterr().out
    with pytest.raises(RuntimeError, match=r"client\.py failed: .*\nno such role"):
        local.run(script, "wrong")
