"""Work between requests: threads, queues, logs, captures and running endpoints."""
