"""Hyperparameters, objectives, metrics and constraints, and the training configuration."""
