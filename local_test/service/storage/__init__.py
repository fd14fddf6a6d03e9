"""The state of the service: records, S3 objects, saved files, and the clients that reach them."""
