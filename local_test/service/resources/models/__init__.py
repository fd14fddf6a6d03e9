"""Models: operations, container definitions and their artifacts in S3."""
