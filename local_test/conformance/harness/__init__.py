"""The harness of the checks: training jobs, serving containers and their data."""
