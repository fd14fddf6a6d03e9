"""Lock files, read as pip reads them."""

from pathlib import Path

import pytest

from scripts.lock import lock_file

ONE, TWO = "1" * 64, "2" * 64


def test_a_pin_has_a_name_a_version_and_every_hash(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(
        f"# made by a program\nScikit_Learn==1.9.1 \\\n    --hash=sha256:{ONE} \\\n"
        f"    --hash=sha256:{TWO}\n    # via -r requirements.in\n\n"
    )
    (pin,) = lock_file.read_pins(lock)
    assert (pin.name, pin.version, pin.marker) == ("scikit-learn", "1.9.1", "")
    assert pin.hashes == {ONE, TWO}


def test_a_pin_may_hold_for_some_platforms_only(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text(f"tzdata==2026.6 ; sys_platform == 'win32' \\\n    --hash=sha256:{ONE}\n")
    (pin,) = lock_file.read_pins(lock)
    assert (pin.version, pin.marker) == ("2026.6", "sys_platform == 'win32'")


def test_a_line_that_pins_nothing_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text("flask>=3\n")
    with pytest.raises(ValueError, match="pins no version: flask>=3"):
        lock_file.read_pins(lock)
