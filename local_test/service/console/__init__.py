"""The web console, `/console`: pages made here, with no script and no build step."""

from local_test.service.console.pages import answer, asked_for

__all__ = ["answer", "asked_for"]
