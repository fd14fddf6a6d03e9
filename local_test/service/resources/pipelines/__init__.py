"""Pipelines: definitions, references between steps, executions and step types."""
