"""The commands of `local-sagemaker`.

To add one, write a module with a `COMMAND` and put its name in `NAMES`.
"""

from importlib import import_module

from local_test.commands.shared.command import Command

NAMES = (
    "init",
    "train",
    "automl",
    "report",
    "serve",
    "pipeline",
    "transform",
    "invoke",
    "conform",
    "up",
    "status",
    "ps",
    "logs",
    "stop",
    "run",
    "notebook",
    "env",
    "interrupt",
    "clock",
    "runs",
    "size",
    "doctor",
    "config",
    "images",
    "prune",
    "samples",
    "completion",
)
"""Each command's name, which is its module's, in the order of the help page."""


def load_command(name: str) -> Command:
    """Return a command of `NAMES`; only its own module is imported."""
    command: Command = import_module(f"{__name__}.{name}").COMMAND
    return command


__all__ = ["NAMES", "Command", "load_command"]
