"""State on disk: S3 objects, log lines and requests, which moto keeps in memory only."""
