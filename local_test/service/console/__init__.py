"""The web console, `/console`: pages made here, with no script and no build step."""

from local_test.service.console.pages import answer_request, is_console_request

__all__ = ["answer_request", "is_console_request"]
