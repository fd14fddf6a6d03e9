"""The AWS API: requests, answers, errors and resource types, after botocore's model."""
