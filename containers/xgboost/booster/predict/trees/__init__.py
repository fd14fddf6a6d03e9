"""A compiled predictor of tree models, with a check that its bits equal XGBoost's."""
