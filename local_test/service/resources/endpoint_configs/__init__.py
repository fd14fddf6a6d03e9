"""Endpoint configurations: resource type and operations."""
