"""Latencies at a constant rate of requests, to the last in a thousand."""
