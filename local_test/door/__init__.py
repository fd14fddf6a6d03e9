"""The door of every port that listens here: which requests may pass, checked before all else."""

from local_test.door.door import Door
from local_test.door.framing import StrictFraming
from local_test.door.hosts import Hosts
from local_test.door.refusals import MARK, Refusal

__all__ = ["MARK", "Door", "Hosts", "Refusal", "StrictFraming"]
