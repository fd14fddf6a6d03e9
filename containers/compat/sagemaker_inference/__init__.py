"""Names of Amazon's `sagemaker_inference` that scripts import; the code is Tandem's own."""
