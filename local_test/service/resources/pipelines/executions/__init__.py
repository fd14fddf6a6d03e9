"""The execution of a pipeline: its loop, the entries of its steps, selected steps."""
