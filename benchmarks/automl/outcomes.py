"""What both searches of a data set found, kept as lines of JSON, and the table of all so far.

`python -m benchmarks.automl.outcomes FILE` prints the table of a run that was aborted.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.harness.round_robin import format_figure, summarize
from benchmarks.harness.text_tables import align_columns

_LEAST_ERROR = 0.001  # all rows may be right, in every resampling
FAILED_GAIN = -99.0
"""The gain, in standard errors, of a comparison in which a search failed."""
_HEADER = (
    *("data set", "metric", "automl", "FLAML", "gain, standard errors", "verdict"),
    *("first candidate, s", "candidates"),
)


@dataclass(frozen=True)
class Outcome:
    """Both searches of a data set with a seed: scores of the held-out rows, or the `failure`.

    `error` is the standard error of our score, `first_s` are the seconds to the first candidate
    that deploys, `load` is the load average of a minute at the end.
    """

    seed: int
    name: str
    metric: str
    maximize: bool
    tandem: float = 0.0
    error: float = 0.0
    flaml: float = 0.0
    learner: str = ""
    first_s: float = 0.0
    candidates: int = 0
    load: float = 0.0
    failure: str = ""

    @property
    def gain(self) -> float:
        """By how many standard errors our score is better."""
        if self.failure:
            return FAILED_GAIN
        better = self.tandem - self.flaml if self.maximize else self.flaml - self.tandem
        return better / max(self.error, _LEAST_ERROR)

    @property
    def rank(self) -> float:
        """1 for the better one, 2 for the other, 1.5 for both where they are equal."""
        return 1.5 - 0.5 * ((self.gain > 0) - (self.gain < 0))

    def __str__(self) -> str:
        head = f"seed {self.seed}, {self.name}: "
        if self.failure:
            return head + self.failure
        return (
            f"{head}{self.tandem:.5g} {self.metric} ({self.candidates} candidates, the first after"
            f" {self.first_s:.0f} s), {self.learner} {self.flaml:.5g}; load {self.load:.1f}"
        )


def add_outcome(path: Path, outcome: Outcome) -> None:
    """Append an outcome to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")


def read_outcomes(path: Path) -> list[Outcome]:
    """Read the outcomes of a file; a line that a kill left incomplete is left out."""
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
    return [Outcome(**json.loads(line)) for line in whole.splitlines()]


def average_ranks(outcomes: Sequence[Outcome]) -> tuple[float, float] | None:
    """Return the mean ranks of `automl` and of FLAML where both ended, None where none did."""
    ranks = [one.rank for one in outcomes if not one.failure]
    mean = statistics.mean(ranks) if ranks else 0.0
    return (mean, 3 - mean) if ranks else None


def format_outcomes(outcomes: Sequence[Outcome]) -> str:
    """Write a line a data set: medians over the seeds, with minimum and maximum."""
    names = list(dict.fromkeys(one.name for one in outcomes))
    lines = [_format_line([one for one in outcomes if one.name == name]) for name in names]
    ranks = average_ranks(outcomes)
    failed = [str(one) for one in outcomes if one.failure]
    means = [f"  mean ranks: automl {ranks[0]:.2f}, FLAML {ranks[1]:.2f}"] if ranks else []
    count = len({one.seed for one in outcomes})
    seeds = f"  {len(outcomes)} comparisons of {count} seeds, {len(failed)} failed"
    return "\n".join([align_columns([_HEADER, *lines]), *means, seeds, *failed])


def _format_line(several: Sequence[Outcome]) -> Sequence[str]:
    done = [one for one in several if not one.failure]
    first = several[0]
    if not done:
        return [first.name, first.metric, "failed", "-", "-", "-", "-", "-"]
    gain = summarize([one.gain for one in done])
    counts = sorted(one.candidates for one in done)
    return [
        *(first.name, first.metric),
        str(summarize([one.tandem for one in done])),
        str(summarize([one.flaml for one in done])),
        f"{gain.median:.1f} ({gain.least:.1f} to {gain.greatest:.1f})",
        _judge(gain.median),
        format_figure(max(one.first_s for one in done)),
        f"{counts[0]} to {counts[-1]}",
    ]


def _judge(gain: float) -> str:
    if abs(gain) <= 1:
        return "within noise"
    return "better by more than noise" if gain > 0 else "worse by more than noise"


if __name__ == "__main__":
    print(format_outcomes(read_outcomes(Path(sys.argv[1]))))
