"""The usual way to bring one's own container: Flask, pandas and a scikit-learn-like predict."""
