"""What a round of boosting takes on several hosts: a model with four numbers of a machine.

A host adds its own rows to histograms, the hosts sum the histograms up in a ring, and each looks
for the best splits by itself. A tree of depth d asks for the histograms of one node at its root and
of half the nodes of each deeper level (the other halves are differences): 2^(d-1) in all, each of
`features * bins` pairs of doubles. In XGBoost's ring of n hosts each one sends an n-th of that in
each of 2n - 1 steps (one more than a ring needs, as the bytes show), and every step takes at least
the way from one host to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

_PAIR = 16  # bytes: gradient and hessian of a bin
# Per tree beside the histograms: the root's sums, the metric's, whether to stop.
_SMALL_SUMS = 4


@dataclass(frozen=True)
class Job:
    """The shape of a training job; `rows` are those of all hosts."""

    rows: int
    features: int
    bins: int = 256
    depth: int = 6

    @property
    def histograms(self) -> int:
        """Return the bytes of a round's histograms."""
        return (1 << (self.depth - 1)) * self.features * self.bins * _PAIR


@dataclass(frozen=True)
class Machine:
    """Seconds: per row and feature, per bin of a histogram, per byte sent, per step of a ring."""

    row: float
    bin: float
    byte: float
    step: float

    def estimate_seconds(self, job: Job, hosts: int) -> float:
        """Estimate one round."""
        rows = self.row * job.rows / hosts * job.features
        bins = self.bin * job.histograms / _PAIR
        return (
            rows
            + bins
            + self.byte * count_sent_bytes(job, hosts)
            + self.step * count_steps(job, hosts)
        )

    def estimate_speedup(self, job: Job, hosts: int) -> float:
        """Return the speedup of a round over one host."""
        return self.estimate_seconds(job, 1) / self.estimate_seconds(job, hosts)


def count_sent_bytes(job: Job, hosts: int) -> float:
    """Return the bytes one host sends in a round."""
    return (2 * hosts - 1) / hosts * job.histograms if hosts > 1 else 0.0


def count_steps(job: Job, hosts: int) -> int:
    """Return the steps of the rings of a round, which wait for each other."""
    return (2 * hosts - 1) * (job.depth + _SMALL_SUMS) if hosts > 1 else 0


def solve_computation(many: tuple[Job, float], few: tuple[Job, float]) -> tuple[float, float]:
    """Return a machine's `row` and `bin` from the seconds of two jobs on one host."""
    (more, longer), (fewer, shorter) = many, few
    row = (longer - shorter) / ((more.rows - fewer.rows) * more.features)
    fixed = max(0.0, longer - row * more.rows * more.features)
    return row, fixed / (more.histograms / _PAIR)


def solve_network(
    wide: tuple[Job, float], narrow: tuple[Job, float], hosts: int
) -> tuple[float, float]:
    """Return `byte` and `step` from what two jobs of different bins take on hosts and not alone."""
    (job, longer), (small, shorter) = wide, narrow
    byte = max(
        0.0, (longer - shorter) / (count_sent_bytes(job, hosts) - count_sent_bytes(small, hosts))
    )
    return byte, max(0.0, (longer - byte * count_sent_bytes(job, hosts)) / count_steps(job, hosts))
