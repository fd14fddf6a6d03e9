"""Script mode of this image: what Amazon's XGBoost container gives a script, on our own readers."""
