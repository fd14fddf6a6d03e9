"""Feature groups: their schemas, the metadata of their features, and their records."""
