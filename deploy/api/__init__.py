"""An HTTP API in front of an endpoint: API Gateway, a Lambda function, a page."""
