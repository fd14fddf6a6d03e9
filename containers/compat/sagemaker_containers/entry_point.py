"""Waiting for the names of the other hosts, for training scripts on several hosts."""

from tandem.contract import job_hosts, settings
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import read_json_object

__all__ = ["_wait_hostname_resolution"]


def _wait_hostname_resolution() -> None:
    """Wait until every host of the job has an address, 15 minutes at most each.

    Private in the original too, and still what Amazon's own examples call. Raises TandemError
    naming a host that has none.
    """
    resources = read_json_object(Paths(settings.read().base_dir).config / "resourceconfig.json")
    for host in resources.get("hosts", ()):
        job_hosts.wait_for_address(host, Stop())
