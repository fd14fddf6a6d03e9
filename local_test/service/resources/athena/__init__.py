"""Athena: queries, which nobody runs here."""
