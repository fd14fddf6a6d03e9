"""Signals end a command, whichever thread of it the system delivers them to."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import signal, threading, time
from local_test.interrupts import Interrupted, raise_on_signals, wait_for_signal

def interrupt_myself():
    time.sleep(0.3)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(60)

with raise_on_signals():
    threading.Thread(target=interrupt_myself, daemon=True).start()
    try:
        wait_for_signal()
    except Interrupted as error:
        print(error.exit_code)
"""


def test_a_signal_to_another_thread_ends_the_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=50, check=False
    )
    assert (done.stdout, done.returncode) == ("130\n", 0)
