"""The guard of every listening port: which requests may pass, checked before all else."""

from local_test.http_guard.allowed_hosts import Hosts
from local_test.http_guard.body_framing import StrictFraming
from local_test.http_guard.middleware import Door
from local_test.http_guard.refusals import MARK, Refusal

__all__ = ["MARK", "Door", "Hosts", "Refusal", "StrictFraming"]
