"""Lambda functions in Python, each invocation as a process of its own."""
