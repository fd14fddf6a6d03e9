"""A small process that starts a program and writes what it used to the descriptor TANDEM_BENCH_FD.

A child's peak memory begins at that of the process it was forked from, so that process must be
small: this one imports next to nothing.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the program given as arguments and write its exit code, time and memory."""
    began = time.monotonic()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - began
    used = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    os.write(int(os.environ["TANDEM_BENCH_FD"]), json.dumps(used).encode())


if __name__ == "__main__":
    main()
