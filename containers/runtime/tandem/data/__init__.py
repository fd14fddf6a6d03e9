"""Rows on their way from a format to a model: cells, columns, sparse rows, tables and schemas."""
