"""Iceberg tables of the catalogue: their files in S3, written and read by pyiceberg."""
