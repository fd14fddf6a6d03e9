"""Experiments, trials, trial components, and which component belongs to which trial."""
