"""Objects of S3 without boto3, which the images have no room for."""
