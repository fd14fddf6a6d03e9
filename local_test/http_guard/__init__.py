"""The guard of every listening port: which requests may pass, checked before all else."""

from local_test.http_guard.allowed_hosts import AllowedHosts
from local_test.http_guard.body_framing import StrictFraming
from local_test.http_guard.middleware import GuardMiddleware
from local_test.http_guard.refusals import COMMAND_HEADER, Refusal

__all__ = ["COMMAND_HEADER", "AllowedHosts", "GuardMiddleware", "Refusal", "StrictFraming"]
