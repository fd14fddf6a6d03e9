"""The local service: what its state costs."""
