"""Benchmarks: the figures this project promises, measured side by side in one run."""
