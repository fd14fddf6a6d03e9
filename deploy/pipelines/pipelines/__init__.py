"""SageMaker pipelines, a folder each: a module `pipeline` with a function `get_pipeline`."""
