"""The pytest plugin: fixtures that run a local SageMaker, training jobs and endpoints in tests."""
