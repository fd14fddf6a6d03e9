"""Executed by Python at the start of a script's training program, before the program."""

import sys

from tandem.script import sklearn_compat

sklearn_compat.support_older_scripts(lambda line: sys.stderr.write(f"WARNING {line}\n"))
