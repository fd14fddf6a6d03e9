"""From an approval in the registry to an endpoint: a Lambda function and the rule that calls it."""
