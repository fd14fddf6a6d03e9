"""The commands of `local-sagemaker`.

To add one, write a module with a `COMMAND` and put it in `COMMANDS`.
"""

from local_test.commands import (
    clock,
    conform,
    env,
    interrupt,
    invoke,
    notebook,
    pipeline,
    prune,
    run,
    samples,
    serve,
    train,
    transform,
    up,
)
from local_test.commands.shared.command import Command

COMMANDS: tuple[Command, ...] = (
    train.COMMAND,
    serve.COMMAND,
    pipeline.COMMAND,
    transform.COMMAND,
    invoke.COMMAND,
    conform.COMMAND,
    up.COMMAND,
    run.COMMAND,
    notebook.COMMAND,
    env.COMMAND,
    interrupt.COMMAND,
    clock.COMMAND,
    prune.COMMAND,
    samples.COMMAND,
)

__all__ = ["COMMANDS", "Command"]
