"""Requests that others than this service answer: moto, its gaps, and what is refused."""
