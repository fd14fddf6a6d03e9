"""The names of Amazon's `sagemaker_xgboost_container` that scripts import; the code is Tandem's."""
