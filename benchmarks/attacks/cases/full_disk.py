"""The disk under `up` gets full, and has room again: what was acknowledged is there after it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.attacks.base import Attack, AttackContext, Skipped, Tally
from benchmarks.attacks.local_service import Ledger, create_bucket, run_service

_DISK_MB, _BALLAST_MB, _OBJECT_BYTES = 24, 12, 500_000
_MOST, _REFUSED = 80, 5


def _run(context: AttackContext) -> Tally:
    tally, draw, ledger = Tally(), context.create_random("disk"), Ledger()
    with TemporaryDirectory(dir=context.folder) as folder, mount_small_disk(Path(folder)) as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(_BALLAST_MB << 20))
        with run_service(disk / "state") as service:
            create_bucket(service)
            refused = 0
            for number in range(_MOST):
                if refused == _REFUSED and ballast.exists():
                    ballast.unlink()
                written = ledger.write_entry(
                    service, f"thing-{number}", draw.randbytes(_OBJECT_BYTES), tally
                )
                if not written and not ballast.exists():
                    break  # full once more
                refused += not written
            ledger.check_entries(service, tally)
        if not refused:
            tally.wrong.append("nothing was refused on a full disk")
        # On a full disk 5xx is the right answer: it says that nothing was kept.
        tally.refused += len(tally.faults)
        tally.faults.clear()
        _enlarge(disk)
        with run_service(disk / "state") as service:
            ledger.check_entries(service, tally)
    return tally


@contextmanager
def mount_small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small file system in memory. Raises Skipped where mounting is not permitted."""
    disk = folder / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "tmpfs", str(disk)]
    if os.geteuid():
        raise Skipped("mounting a small disk needs root")
    mounted = subprocess.run(words, capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise Skipped(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _enlarge(disk: Path) -> None:
    """Return the disk more room, so that the restart itself has some."""
    words = ["mount", "-o", f"remount,size={4 * _DISK_MB}m", str(disk)]
    subprocess.run(words, check=True, capture_output=True)


ATTACK = Attack("full disk", "`up` on a small tmpfs that gets full", _run, serving=False)
