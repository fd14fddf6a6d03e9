"""The error of a template that cannot be deployed."""

from local_test.errors import UserError


class TemplateError(UserError):
    """A template, or the parameters given for it, is invalid or not supported."""
