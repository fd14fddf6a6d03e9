"""Rows in each shape that formats and algorithms use: dense, sparse, JSON, labelled."""
