"""SQL over files of S3: Athena's SQL translated by sqlglot and run by DuckDB."""
