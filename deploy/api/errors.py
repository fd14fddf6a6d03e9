"""Errors of the commands in this folder, shown to the user."""


class ApiError(Exception):
    """One sentence, with its remedy."""
