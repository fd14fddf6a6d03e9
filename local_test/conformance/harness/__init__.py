"""The harness of the checks: an image's trainings, its server, and their data."""
