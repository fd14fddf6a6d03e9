"""Boosting rounds: matrices, evaluation history, checkpoints and cross-validation."""
