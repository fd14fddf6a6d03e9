"""What an endpoint does right now, for its page: traffic, latencies, deployment, log lines."""
