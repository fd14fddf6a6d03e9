"""Hyperparameter tuning jobs: operations, trials and search strategies."""
