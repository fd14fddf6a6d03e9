"""Endpoints: operations, deployment, data capture and asynchronous invocations."""
