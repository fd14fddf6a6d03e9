"""The AWS API on this machine: real clients train, serve and transform here, unchanged.

`app` is the door. What SageMaker does is done by this package, on the engines; S3, CloudWatch Logs,
IAM and whatever else is bookkeeping is kept by moto behind the same door.
"""
