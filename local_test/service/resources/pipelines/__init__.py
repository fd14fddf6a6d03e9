"""Pipelines: a definition of steps, what their arguments refer to, and how each kind is run."""
