"""The AWS API: requests, responses, errors and resource types, after botocore's model."""
