"""Athena: queries of the tables of the catalogue."""
