"""AutoML jobs: a search whose trials are training and transform jobs of the service."""
