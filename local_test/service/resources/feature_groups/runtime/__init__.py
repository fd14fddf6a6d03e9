"""The runtime API of the feature store: records."""
