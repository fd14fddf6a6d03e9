"""Rows in the forms that formats and algorithms use: dense, sparse, JSON and labelled."""
