"""The XGBoost image: trains a booster from numbers and serves it."""
