"""Endpoint configurations: the operations on them."""
