"""The preprocessor image: fits a scikit-learn transform to raw records and serves it."""
