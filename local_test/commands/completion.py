"""`completion`: the script that turns on completion in a shell."""

from argparse import ArgumentParser, Namespace

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.output import print_answer

_SHELLS = ("bash", "zsh", "fish")


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=_SHELLS, help="the shell that runs the script")


def _run(args: Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    script = shellcode(["local-sagemaker"], shell=args.shell)
    print_answer({"shell": args.shell, "script": script}, [script])
    return 0


_ANSWER = Answer(
    (
        Key("shell", "string", "the shell that runs the script"),
        Key("script", "string", "the script"),
    )
)


COMMAND = Command(
    name="completion",
    summary="print the script that turns on completion in a shell",
    add_options=_add_options,
    run=_run,
    example="completion bash >> ~/.bashrc",
    answers={"": _ANSWER},
)
