"""The analyzer: data quality, model quality, bias and explanations, as processing jobs."""
