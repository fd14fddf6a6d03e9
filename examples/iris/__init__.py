"""Iris: a random forest inside a Lambda function, with no endpoint behind it."""
