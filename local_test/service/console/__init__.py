"""The web console, `/console`: pages made here, whose content needs no script."""

from local_test.service.console.pages import answer_request, is_console_request

__all__ = ["answer_request", "is_console_request"]
