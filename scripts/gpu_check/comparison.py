"""The model of one device beside that of another: training in turns, predictions, error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.harness.benchmark import Candidate, Figures, Goal, Plan
from benchmarks.harness.round_robin import judge_goals, run_rounds, summarize_rounds
from benchmarks.harness.text_tables import format_goals, format_spreads
from scripts.checkout.shell import say
from scripts.gpu_check.containers import CPU, CUDA, Image

# Sums of gradients in another order choose other splits where two are about as good. So models of
# two devices are compared by what they predict, and not tree by tree.
MOST_ERROR_RATIO = 1.02
MOST_DIFFERENCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """What is run: `devices` by the name of their candidate, on `held` rows, label first."""

    image: Image
    folder: Path
    held: npt.NDArray[np.float32]
    devices: Mapping[str, str]
    rounds: int = 3

    def run(self) -> bool:
        """Print figures and goals of all devices; return True if all goals are met."""
        plan = Plan(
            [Candidate(name, partial(self._measure, name)) for name in self.devices],
            _list_goals(list(self.devices)),
            self.rounds,
        )
        rounds = run_rounds(plan, say)
        verdicts = judge_goals(plan, rounds)
        say(format_spreads(summarize_rounds(rounds)))
        say(format_goals(verdicts))
        return all(verdict.kept for verdict in verdicts)

    def _measure(self, name: str) -> Figures:
        tree, device = self.folder / name, self.devices[name]
        used = self.image.train(device, tree)
        predicted = self.image.predict(device, tree, self.held[:, 1:])
        np.save(self.folder / f"{name}.npy", predicted)
        label = self.held[:, 0].astype(np.float64)
        first = self.folder / f"{next(iter(self.devices))}.npy"
        figures = {**used, "rmse": float(np.sqrt(np.mean((predicted - label) ** 2)))}
        if first.exists():  # in every other round the order is turned
            apart = np.sqrt(np.mean((predicted - np.load(first)) ** 2))
            figures["difference"] = float(apart / label.std())
        return figures


def _list_goals(names: Sequence[str]) -> list[Goal]:
    first, second = names
    return [
        Goal("error beside the first", "rmse", second, first, most=MOST_ERROR_RATIO),
        Goal("difference / label's deviation", "difference", second, most=MOST_DIFFERENCE),
        Goal("time of training", "seconds", second, first),
    ]


BOTH: Mapping[str, str] = {"CPU": CPU, "GPU": CUDA}
