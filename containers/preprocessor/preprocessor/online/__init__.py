"""Columns that requests need not have: features of a feature store, joined by identifier."""
