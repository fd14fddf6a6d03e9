"""Names of Amazon's `sagemaker_training` that scripts import; the code is Tandem's own."""
