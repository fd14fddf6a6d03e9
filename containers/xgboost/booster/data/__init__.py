"""A job's channels as data sets: features, labels, sample weights and query groups."""
