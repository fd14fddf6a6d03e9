"""Batch transform jobs: operations and containers."""
