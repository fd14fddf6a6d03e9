"""The model file: artifact, XGBoost's C API, UBJSON and the codes of categories."""
