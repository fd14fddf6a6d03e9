"""Work in the background: threads, queues, logs, data capture and running endpoints."""
