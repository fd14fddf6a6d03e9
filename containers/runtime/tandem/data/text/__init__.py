"""Text as values and back: CSV dialects, header rows, number formats and floats."""
