"""Abalone: rings of a shell from raw records, by the images preprocessor and xgboost."""
