"""Local SageMaker: the platform side of the container contract, on one machine.

As a library: `local_test.engines.select_engine`, `local_test.jobs.train` and `.transform`,
`local_test.endpoints.Endpoint`. As a command: `local-sagemaker`.
"""
