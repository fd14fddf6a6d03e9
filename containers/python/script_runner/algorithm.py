"""The declaration of this image for the runtime: scripts train, and nothing serves."""

from __future__ import annotations

from tandem.algorithm import Algorithm

ALGORITHM = Algorithm(
    name="python",
    sentence="trains by a script of yours, or runs any other command.",
    hyperparameters=(),
    scripts=True,
)
