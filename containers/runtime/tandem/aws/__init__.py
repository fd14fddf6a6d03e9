"""AWS without boto3, which the images have no room for: objects of S3, signed JSON."""
