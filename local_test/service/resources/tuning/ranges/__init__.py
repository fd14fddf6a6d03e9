"""The ranges of hyperparameters that a tuning job searches."""
