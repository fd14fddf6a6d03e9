"""The kinds of steps of a pipeline: how each is checked, started, polled and stopped."""
