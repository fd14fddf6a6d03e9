"""What outlives the service: S3 objects, log lines and what else moto keeps in memory alone."""
