"""Estimators that scikit-learn does not have, in its style: they clone, print and name features.

They compute with the functions the replays compute with, so that both give the same bits.
"""

from __future__ import annotations
