"""Run by Python at the start of a script's training program, before the program itself."""

import sys

from tandem.script import older

older.support(lambda line: sys.stderr.write(f"WARNING {line}\n"))
