"""What the commands of this folder tell a person when they cannot go on."""


class ApiError(Exception):
    """One sentence, with its remedy."""
