"""Training data as raw cells, its summaries column by column, and a table as a pandas DataFrame."""
