"""Bytes from and to files: streams, atomic writing, RecordIO, archives and compiled libraries."""
