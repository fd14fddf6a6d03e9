"""The account and keys of local clients: the service takes any keys, and has one account."""

ACCOUNT = "123456789012"
ACCESS_KEY = "local"
SECRET_KEY = "local"  # noqa: S105
DEFAULT_REGION = "us-east-1"
