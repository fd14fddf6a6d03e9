"""Conversion between text and values: CSV dialects, header rows, number formats and floats."""
