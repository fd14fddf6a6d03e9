"""What training scripts on several hosts import: waiting for the others' names."""

from tandem import peers, settings
from tandem.job import read_object
from tandem.paths import Paths
from tandem.stopping import Stop

__all__ = ["_wait_hostname_resolution"]


def _wait_hostname_resolution() -> None:
    """Wait until every host of the job has an address, 15 minutes at most each.

    Private in the original too, and still what Amazon's own examples call. Raises TandemError
    naming a host that has none.
    """
    resources = read_object(Paths(settings.read().base_dir).config / "resourceconfig.json")
    for host in resources.get("hosts", ()):
        peers.address(host, Stop())
