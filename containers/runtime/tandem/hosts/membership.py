"""The hosts of a job, as one of them sees them."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.contract.sigterm import Stop


@dataclass(frozen=True)
class Membership:
    """Host `current` of all `hosts` in sorted order; `work` names what they do, as "fit"."""

    hosts: tuple[str, ...]
    current: str
    stop: Stop
    work: str

    @property
    def leads(self) -> bool:
        """Whether this is the first host, which has the merged results."""
        return self.current == self.hosts[0]

    @property
    def index(self) -> int:
        """This host's index, from 0."""
        return self.hosts.index(self.current)
