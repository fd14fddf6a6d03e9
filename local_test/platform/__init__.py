"""The container contract as data and files: limits, channels, archives, job status."""
