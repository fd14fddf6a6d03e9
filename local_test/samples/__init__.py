"""Sample data for notebooks: built from packages, and served as the buckets that notebooks read."""
