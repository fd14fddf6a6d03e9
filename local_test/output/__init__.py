"""What a command writes: its answer, progress until then, and with `--verbose` what is done."""

from local_test.output.answers import (
    find_progress_stream,
    is_json,
    is_quiet,
    is_terminal,
    print_answer,
    print_answer_line,
    print_error,
    report_progress,
    use_output,
)

__all__ = [
    "find_progress_stream",
    "is_json",
    "is_quiet",
    "is_terminal",
    "print_answer",
    "print_answer_line",
    "print_error",
    "report_progress",
    "use_output",
]
