"""How `make test` spreads the stories over its workers: a file and an engine at a time.

A worker that goes through a file's stories of one engine keeps that engine's trained pipeline and
running service; by file alone it would train them anew at each change of engine.

Some folders compute, others mostly wait for services and containers. While one worker waits, the
others can compute, so the shares of both kinds are begun in turn, from the first to the last.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ON_DOCKER = re.compile(r"[\[-]docker[\]-]")
COMPUTING = re.compile(r"tests/(booster/|compat/|preprocessor/|tandem/|test_)")


def name_share(story: str) -> str:
    """Name the share that a story belongs to, from its node id."""
    file = story.partition("::")[0]
    return f"{file} on docker" if ON_DOCKER.search(story) else file


def computes(share: str) -> bool:
    """Return whether a share's stories compute, rather than wait for other processes."""
    return COMPUTING.match(share) is not None


def choose_share(waiting: Iterable[str], totals: Mapping[bool, int]) -> str:
    """Choose the share to begin: the first of the kind with the larger part of its `totals` left.

    `totals` are the numbers of shares that compute and that do not, when none was begun.
    """
    first: dict[bool, str] = {}
    left: Counter[bool] = Counter()
    for share in waiting:
        kind = computes(share)
        first.setdefault(kind, share)
        left[kind] += 1
    return first[max(first, key=lambda kind: (left[kind] / totals[kind], not kind))]


class ByFileAndEngine(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Stories of one file on one engine stay together; each kind is in the order of the folders."""

    _totals: Counter[bool] | None = None

    def _split_scope(self, nodeid: str) -> str:
        return name_share(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self._totals is None:
            self._totals = Counter(map(computes, self.workqueue))
        self.workqueue.move_to_end(choose_share(self.workqueue, self._totals), last=False)
        super()._assign_work_unit(node)
