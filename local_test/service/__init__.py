"""The AWS API on this machine: unchanged AWS clients train, serve and transform here.

`http/app` receives every request. SageMaker's operations are done by `resources`, on the engines;
requests to other services (S3, CloudWatch Logs, IAM, ...) are passed on to moto in this process.
"""
