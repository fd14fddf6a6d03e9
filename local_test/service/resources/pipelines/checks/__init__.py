"""Checks of a pipeline definition before it is kept: its schema, its references, its arguments."""
