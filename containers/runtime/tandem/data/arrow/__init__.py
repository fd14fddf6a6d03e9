"""Columns of Apache Arrow, as Parquet files and IPC streams hold them."""
