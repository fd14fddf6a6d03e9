"""How `make test` spreads the stories over its workers: a file and an engine at a time.

A worker that goes through a file's stories of one engine keeps that engine's trained pipeline and
running service; by file alone it would train them anew at each change of engine.
"""

import re

from xdist.scheduler import LoadScopeScheduling

ON_DOCKER = re.compile(r"[\[-]docker[\]-]")


def name_share(story: str) -> str:
    """Name the share that a story belongs to, from its node id."""
    file = story.partition("::")[0]
    return f"{file} on docker" if ON_DOCKER.search(story) else file


class ByFileAndEngine(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Stories of one file on one engine stay together, in the order of the folders."""

    def _split_scope(self, nodeid: str) -> str:
        return name_share(nodeid)
